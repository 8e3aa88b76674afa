"""How takes are made: voices, what silence leads to, how many takes, seed, quality; and, folded, all the rest."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from foleyline.v1 import engine_pb2 as pb

from ..desk.form import Form, most_seed, roles, standing_models
from ..job import Version
from .lamps import labelled
from .review.controls import Check, Presser
from .review.flow import Flow
from .text import tr

standing: Mapping[str, str] = dict(zip(roles, standing_models, strict=True))


def best_models(hello: pb.HelloReply | None) -> dict[str, str]:
    """The last model of each step that can run here: the engine names them from the least to the most able."""
    if hello is None:
        return dict(standing)
    known = {"generator": hello.generators, "judge": hello.judges, "separator": hello.separators}
    found = dict(standing)
    for role, names in known.items():
        able = [name for name in names if f"{role} {name}" not in hello.missing]
        found[role] = able[-1] if able else standing[role]
    return found


class Options(QWidget):
    """Writes into the form as the editor chooses."""

    changed = pyqtSignal()
    more_toggled = pyqtSignal(bool)

    def __init__(self, form: Form, is_more_open: bool) -> None:
        super().__init__()
        self._form = form
        self._hello: pb.HelloReply | None = None
        self.detect = Check(tr("Detect and remove voice-over"))
        self.fallback, self.quality = QComboBox(), QComboBox()
        self.takes, self.seed = QSpinBox(), QSpinBox()
        self.lock = QToolButton()
        self.more_button = QToolButton()
        self.more = More(form)
        self._set_up()
        self.show_form()
        self.open_more(is_more_open)

    def show_form(self) -> None:
        """Everything as the form has it, without taking it for the editor's choice."""
        template = self._form.template
        for widget in (self.detect, self.fallback, self.quality, self.takes, self.seed, self.lock):
            widget.blockSignals(True)
        self.detect.setChecked(self._form.detects_voices)
        self.fallback.setCurrentIndex(max(0, self.fallback.findData(template.fallback)))
        self.fallback.setEnabled(self._form.detects_voices)
        self.takes.setValue(self._form.takes)
        self.seed.setValue(template.seed)
        self.lock.setChecked(self._form.is_seed_locked)
        self.quality.setCurrentIndex(self._quality())
        for widget in (self.detect, self.fallback, self.quality, self.takes, self.seed, self.lock):
            widget.blockSignals(False)
        self.lock.setText(tr("locked") if self._form.is_seed_locked else tr("lock"))
        self.more.show_form()

    def show_hello(self, hello: pb.HelloReply | None) -> None:
        """What the engine has now."""
        if hello != self._hello:
            self._hello = hello
            self.more.show_hello(hello)
            self.show_form()

    def use(self, models: Mapping[str, str]) -> None:
        self._form.use_models(models)
        self.show_form()
        self.changed.emit()

    def lock_seed(self, seed: int) -> None:
        self._form.template.seed, self._form.is_seed_locked = seed, True
        self.show_form()

    def open_more(self, is_open: bool) -> None:
        self.more.setVisible(is_open)
        self.more_button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.more_button.setAccessibleName(tr("More, open") if is_open else tr("More, folded"))
        self.more_toggled.emit(is_open)

    def _quality(self) -> int:
        used = {role: getattr(self._form.template, role) for role in roles}
        if used == dict(standing):
            return 0
        return 1 if used == best_models(self._hello) else 2

    def _set_up(self) -> None:
        for words, value in ((tr("generate again"), pb.neg), (tr("keep original"), pb.rep), (tr("leave empty"), pb.rm)):
            self.fallback.addItem(words, value)
        for words in (tr("Standard"), tr("Best here"), tr("As under More")):
            self.quality.addItem(words)
        self.quality.setToolTip(tr("Standard uses built-in models; Best here the most able ones of this machine"))
        self.takes.setRange(1, 99)
        self.seed.setRange(0, 2_147_483_647)
        self.seed.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.seed.setMinimumWidth(self.seed.fontMetrics().averageCharWidth() * len(str(most_seed)) + 34)
        self.lock.setCheckable(True)
        self.lock.setToolTip(tr("Keep this seed for the next takes"))
        self.lock.setAccessibleName(tr("Lock the seed"))
        self.more_button.setText(tr("More"))
        self.more_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for button in (self.lock, self.more_button):
            Presser(button)
        numbers = Flow(
            _pair(tr("Takes"), self.takes),
            _pair(tr("Seed"), self.seed, self.lock),
            _pair(tr("Quality"), self.quality),
            self.more_button,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(Flow(self.detect, _pair(tr("If that leaves silence"), self.fallback)))
        column.addLayout(numbers)
        column.addWidget(self.more)
        self._wire()

    def _wire(self) -> None:
        self.detect.toggled.connect(self._write)
        self.fallback.currentIndexChanged.connect(self._write)
        self.takes.valueChanged.connect(self._write)
        self.seed.valueChanged.connect(self._write)
        self.lock.toggled.connect(self._write)
        self.quality.activated.connect(self._choose_quality)
        self.more_button.clicked.connect(lambda: self.open_more(not self.more.isVisibleTo(self)))
        self.more.changed.connect(self._take_more)

    def _write(self) -> None:
        template = self._form.template
        template.run = pb.s4 if self.detect.isChecked() else pb.direct
        template.fallback = self.fallback.currentData()
        template.seed = self.seed.value()
        self._form.takes = self.takes.value()
        self._form.is_seed_locked = self.lock.isChecked()
        self.show_form()
        self.changed.emit()

    def _choose_quality(self, index: int) -> None:
        if index == 2:
            self.open_more(True)
        else:
            self.use(standing if index == 0 else best_models(self._hello))

    def _take_more(self) -> None:
        self.show_form()
        self.changed.emit()


class More(QWidget):
    """What is rarely chosen: models, their numbers, handles, what is placed, where sound comes from."""

    changed = pyqtSignal()

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._hello: pb.HelloReply | None = None
        self._is_showing = False
        self.models = {role: QComboBox() for role in roles}
        self.steps, self.handles = QSpinBox(), QSpinBox()
        self.guidance = QDoubleSpinBox()
        self.version, self.source = QComboBox(), QComboBox()
        self.only_voiced = QCheckBox(tr("Touch nothing but the voiced stretches"))
        self._set_up()

    def show_hello(self, hello: pb.HelloReply | None) -> None:
        self._hello = hello

    def show_form(self) -> None:
        self._is_showing = True
        template = self._form.template
        for role, box in self.models.items():
            box.clear()
            names = list(getattr(self._hello, f"{role}s", [])) if self._hello else []
            chosen = getattr(template, role)
            for name in dict.fromkeys([*names, chosen]):
                missing = self._hello.missing.get(f"{role} {name}") if self._hello else None
                box.addItem(tr("{name} (not here)", name=name) if missing else name, name)
                box.setItemData(box.count() - 1, missing or "", Qt.ItemDataRole.ToolTipRole)
            box.setCurrentIndex(box.findData(chosen))
        self.steps.setValue(template.steps)
        self.guidance.setValue(template.guidance)
        self.handles.setValue(self._form.handles)
        self.version.setCurrentIndex(self.version.findData(self._form.version))
        self.source.setCurrentIndex(self.source.findData(template.source))
        self.only_voiced.setChecked(template.only_voiced)
        self._is_showing = False

    def _set_up(self) -> None:
        self.steps.setRange(1, 1000)
        self.handles.setRange(0, 600)
        self.handles.setSuffix(" " + tr("frames"))
        self.guidance.setRange(0, 100)
        self.guidance.setSingleStep(0.5)
        self.guidance.setDecimals(1)
        self.version.addItem(tr("Both lanes"), Version.both)
        self.version.addItem(tr("With voices"), Version.voices)
        self.version.setToolTip(tr("Both lanes: voices removed is heard, with voices lies beside it, switched off"))
        self.source.addItem(tr("From the picture"), pb.picture)
        self.source.addItem(tr("Production sound"), pb.production)
        rows = (
            (tr("1 generate"), self.models["generator"]),
            (tr("2 judge"), self.models["judge"]),
            (tr("3 remove"), self.models["separator"]),
            (tr("4 check"), self.models["silence"]),
            (tr("Steps"), self.steps),
            (tr("Guidance"), self.guidance),
            (tr("Handles"), self.handles),
            (tr("Sound"), self.source),
            (tr("Place"), self.version),
        )
        form = QFormLayout(self)
        form.setContentsMargins(12, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, widget in rows:
            form.addRow(labelled(words, widget), widget)
            if isinstance(widget, QComboBox):
                widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
                widget.setMinimumContentsLength(10)
                widget.activated.connect(self._write)
            else:
                widget.valueChanged.connect(self._write)
        form.addRow(self.only_voiced)
        self.only_voiced.toggled.connect(self._write)

    def _write(self) -> None:
        if self._is_showing:
            return
        template = self._form.template
        self._form.use_models({role: box.currentData() for role, box in self.models.items()})
        template.steps, template.guidance = self.steps.value(), round(self.guidance.value(), 1)
        template.source, template.only_voiced = self.source.currentData(), self.only_voiced.isChecked()
        self._form.handles, self._form.version = self.handles.value(), self.version.currentData()
        self.changed.emit()


def _pair(words: str, *widgets: QWidget) -> QWidget:
    """A label and its fields, kept together where a row breaks."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(labelled(words, widgets[0]))
    for widget in widgets:
        row.addWidget(widget)
    return pair
