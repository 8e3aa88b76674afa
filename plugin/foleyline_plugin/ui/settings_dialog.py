"""Settings: language, look, where takes go, and which key does what. What is chosen counts at once."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QFrame,
    QKeySequenceEdit,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..desk.settings import Settings
from . import keys, text
from .lamps import labelled
from .review.controls import Button, Words
from .review.flow import Flow
from .text import tr


class SettingsDialog(QDialog):
    """changed: something was chosen; the settings hold it already."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget, settings: Settings) -> None:
        super().__init__(parent)
        self._settings = settings
        self.language, self.theme = QComboBox(), QComboBox()
        self.folder = Words()
        self.choose, self.beside = Button(tr("Choose folder")), Button(tr("Beside the timeline"))
        self.edits: dict[str, QKeySequenceEdit] = {}
        self.taken = Words()
        self.setWindowTitle(tr("Settings"))
        tabs = QTabWidget()
        tabs.addTab(self._general(), tr("General"))
        tabs.addTab(self._keys(), tr("Keys"))
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.addWidget(tabs, 1)
        column.addWidget(close)
        self._show_folder()
        self.resize(380, 460)

    def _general(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.language.addItem(tr("As the system"), "")
        for code, name in text.names.items():
            self.language.addItem(name, code)
        for code, name in (("", tr("As the system")), ("dark", tr("Dark")), ("light", tr("Light"))):
            self.theme.addItem(name, code)
        self.language.setCurrentIndex(max(0, self.language.findData(self._settings.language)))
        self.theme.setCurrentIndex(max(0, self.theme.findData(self._settings.theme)))
        form.addRow(labelled(tr("Language"), self.language), self.language)
        form.addRow(Words(tr("Another language counts from the next start.")))
        form.addRow(labelled(tr("Look"), self.theme), self.theme)
        form.addRow(Words(tr("Takes are written to"), bold=True))
        form.addRow(self.folder)
        form.addRow(Flow(self.choose, self.beside))
        self.language.activated.connect(self._write)
        self.theme.activated.connect(self._write)
        self.choose.clicked.connect(self._choose_folder)
        self.beside.clicked.connect(lambda: self._set_folder(""))
        return page

    def _keys(self) -> QWidget:
        inside = QWidget()
        form = QFormLayout(inside)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, key in keys.usual.items():
            sequence = self._settings.keys.get(name, key.keys[0])
            edit = self.edits[name] = QKeySequenceEdit(QKeySequence(sequence))
            edit.setMaximumSequenceLength(1)
            edit.setClearButtonEnabled(True)
            edit.editingFinished.connect(lambda name=name: self._write_key(name))
            form.addRow(labelled(keys.words_of(name), edit), edit)
        usual = Button(tr("The usual keys"))
        usual.clicked.connect(self._forget_keys)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(self.taken)
        column.addWidget(scroll, 1)
        column.addWidget(usual)
        self.taken.say("")
        return page

    def _write(self) -> None:
        self._settings.language = self.language.currentData()
        self._settings.theme = self.theme.currentData()
        self._tell()

    def _write_key(self, name: str) -> None:
        """A key that something else has is not given twice."""
        chosen = self.edits[name].keySequence().toString()
        other = next((n for n, edit in self.edits.items() if n != name and edit.keySequence().toString() == chosen), "")
        if chosen and other:
            self.taken.say(tr("{key} is taken by “{other}”.", key=chosen, other=keys.words_of(other)))
            self.edits[name].setKeySequence(QKeySequence(self._settings.keys.get(name, keys.usual[name].keys[0])))
            return
        self.taken.say("")
        if chosen == QKeySequence(keys.usual[name].keys[0]).toString():
            self._settings.keys.pop(name, None)
        else:
            self._settings.keys[name] = chosen
        self._tell()

    def _forget_keys(self) -> None:
        self._settings.keys.clear()
        for name, edit in self.edits.items():
            edit.setKeySequence(QKeySequence(keys.usual[name].keys[0]))
        self._tell()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Takes are written to"), self._settings.out)
        if folder:
            self._set_folder(folder)

    def _set_folder(self, folder: str) -> None:
        self._settings.out = folder
        self._show_folder()
        self._tell()

    def _show_folder(self) -> None:
        out = self._settings.out
        self.folder.say(str(Path(out)) if out else tr("A folder “Foley” beside each timeline"))

    def _tell(self) -> None:
        self._settings.save()
        self.changed.emit()
