# `make test` and `make demo` do all of their own set-up from a fresh clone.
python ?= python3
bin := .venv/bin
golden := $(wildcard ../shared/reference)
export FOLEYLINE_GOLDEN ?= $(golden)

.PHONY: help setup system test test-blender test-faults lint demo bench proto clean

help:
	@echo "make demo   render a short film, make Foley for it, show what came out (in ./demo)"
	@echo "make test   lint and all tests"
	@echo "make test-blender   the Blender bridge in real Blenders, installed where they are missing"
	@echo "make test-faults   two hundred faults and ten thousand wrong inputs a reader (about half an hour)"
	@echo "make bench  measure against ffmpeg, chance and the clock"
	@echo "make proto  write the stubs of the contract anew"

setup: system .venv/ready

system:
	@sh scripts/system.sh

.venv/ready: pyproject.toml
	$(python) -m venv .venv
	$(bin)/python -m pip install --quiet --upgrade pip
	$(bin)/python -m pip install --quiet --editable '.[plugin,engine,dev]'
	@touch $@

demo: setup
	$(bin)/foleyline demo --out demo

test: setup lint
	$(bin)/python -m pytest

test-blender: setup
	FOLEYLINE_BLENDERS="$$(sh scripts/blender.sh)" && export FOLEYLINE_BLENDERS && \
		$(bin)/python -m pytest tests/bridges/blender

lint: .venv/ready
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/pyright

test-faults: setup
	FOLEYLINE_FAULTS=200 FOLEYLINE_FUZZ=10000 $(bin)/python -m pytest tests/faults

bench: setup
	$(bin)/python -m benchmarks

proto: .venv/ready
	sh scripts/proto.sh

clean:
	rm -rf .venv demo
