"""What should be heard and what should not: the direction, its presets, and chips for what is left out."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QMenu, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from ..desk.form import Form
from ..desk.settings import Settings
from .lamps import labelled
from .review.controls import Button, Presser, TextLine
from .review.flow import Flow
from .text import tr

lines_shown = 2


class DirectionText(QPlainTextEdit):
    """A few lines; Tab leads on, as everywhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setPlaceholderText(tr("footsteps on gravel, jacket cloth, keys"))
        height = self.fontMetrics().lineSpacing() * lines_shown + 12
        self.setFixedHeight(height)


class Chip(Button):
    """A word that is left out; pressed, or deleted, it is not any more."""

    removed = pyqtSignal(str)

    def __init__(self, word: str) -> None:
        super().__init__(f"{word}  x")
        self.word = word
        self.setAccessibleName(tr("Leave out {word}; press to allow it", word=word))
        self.clicked.connect(lambda: self.removed.emit(word))

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        if a0 and a0.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.word)
        else:
            super().keyPressEvent(a0)


class Chips(QWidget):
    """Words in a row that breaks, and a field for another one."""

    changed = pyqtSignal(list)

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._chips: list[Chip] = []
        self._flow = Flow()
        self.setLayout(self._flow)
        self.another = TextLine()
        self.another.setPlaceholderText(tr("add a word"))
        self.another.setAccessibleName(tr("Another sound to leave out"))
        self.another.setMaximumWidth(self.fontMetrics().averageCharWidth() * 16)
        self.another.left.connect(self._add)
        self.another.editingFinished.connect(self._add)
        self._flow.addWidget(self.another)

    def show_words(self, words: Sequence[str]) -> None:
        self.words = list(words)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [Chip(word) for word in words]
        self._flow.removeWidget(self.another)
        for chip in self._chips:
            chip.setParent(self)
            chip.removed.connect(self._remove)
            self._flow.addWidget(chip)
            chip.show()
        self._flow.addWidget(self.another)
        for first, second in zip([*self._chips, self.another], [*self._chips[1:], self.another], strict=False):
            self.setTabOrder(first, second)
        self.updateGeometry()

    def _remove(self, word: str) -> None:
        self.another.setFocus()
        self._become([kept for kept in self.words if kept != word])

    def _add(self) -> None:
        if word := self.another.text().strip():
            self.another.clear()
            self._become([*self.words, *(part.strip() for part in word.split(",") if part.strip())])

    def _become(self, words: list[str]) -> None:
        self.show_words(list(dict.fromkeys(words)))
        self.changed.emit(self.words)


class Direction(QWidget):
    """Writes into the form as the editor writes."""

    changed = pyqtSignal()

    def __init__(self, form: Form, settings: Settings) -> None:
        super().__init__()
        self._form, self._settings = form, settings
        self.text, self.chips = DirectionText(), Chips()
        self.presets = QToolButton()
        self._set_up()
        self.show_form()

    def show_form(self) -> None:
        self.text.setPlainText(self._form.template.prompt)
        self.chips.show_words(self._form.left_out)

    def _set_up(self) -> None:
        self.presets.setText(tr("Presets"))
        self.presets.setAccessibleName(tr("Presets of directions"))
        self.presets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        Presser(self.presets)
        self.presets.setMenu(QMenu(self.presets))
        menu = self.presets.menu()
        if menu:
            menu.aboutToShow.connect(self._fill_menu)
        heard = labelled(tr("What should be &heard"), self.text)
        head = QHBoxLayout()
        head.addWidget(heard, 1)
        head.addWidget(self.presets)
        not_heard = QLabel(tr("What should not be heard"))
        self.chips.setAccessibleName(not_heard.text())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.text)
        column.addWidget(not_heard)
        column.addWidget(self.chips)
        self.text.textChanged.connect(self._write)
        self.chips.changed.connect(self._leave_out)

    def _write(self) -> None:
        self._form.template.prompt = " ".join(self.text.toPlainText().split())
        self.changed.emit()

    def _leave_out(self, words: list[str]) -> None:
        self._form.leave_out(words)
        self.changed.emit()

    def _fill_menu(self) -> None:
        menu = self.presets.menu()
        if menu is None:
            return
        menu.clear()
        for name, text in self._settings.presets.items():
            if action := menu.addAction(name):
                action.setToolTip(text)
                action.triggered.connect(lambda _, text=text: self.text.setPlainText(text))
        menu.addSeparator()
        if keep := menu.addAction(tr("Keep this direction")):
            keep.setEnabled(bool(self._form.template.prompt))
            keep.triggered.connect(self._keep)
        forget = menu.addMenu(tr("Forget"))
        for name in self._settings.presets:
            if forget and (action := forget.addAction(name)):
                action.triggered.connect(lambda _, name=name: self._forget(name))
        if forget:
            forget.setEnabled(bool(self._settings.presets))

    def _keep(self) -> None:
        text = self._form.template.prompt
        name, is_given = QInputDialog.getText(self, tr("Keep this direction"), tr("Name of the preset"), text=text[:40])
        if is_given and name.strip():
            self._settings.presets[name.strip()] = text
            self._settings.save()

    def _forget(self, name: str) -> None:
        self._settings.presets.pop(name, None)
        self._settings.save()
