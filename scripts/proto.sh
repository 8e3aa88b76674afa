#!/usr/bin/env sh
# Writes the stubs of proto/foleyline/v1/engine.proto beside it, or into the folder named.
set -eu
cd "$(dirname "$0")/.."
out=${1:-proto}
mkdir -p "$out"
"${PYTHON:-.venv/bin/python}" -m grpc_tools.protoc -Iproto --python_out="$out" --pyi_out="$out" \
    --grpc_python_out="$out" proto/foleyline/v1/engine.proto
