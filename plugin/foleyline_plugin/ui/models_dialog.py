"""The bill: what can be downloaded, how large, under which licence, where to; and the download as it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QSpacerItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from foleyline.v1 import engine_pb2 as pb

from . import words
from .review.controls import Button, Words
from .review.flow import Flow
from .text import tr

File = pb.ModelFile
name_role = Qt.ItemDataRole.UserRole
here_states = (File.whole, File.unchecked)


def bytes_here(model: pb.PublishedModel) -> tuple[int, int]:
    """Bytes that are here and in all."""
    return sum(min(file.here, file.size) if file.state != File.absent else 0 for file in model.files), sum(
        file.size for file in model.files
    )


def state_of(model: pb.PublishedModel) -> str:
    """What lies here of a model, in a word."""
    states = [file.state for file in model.files]
    if any(state == File.damaged for state in states):
        return tr("damaged")
    if all(state in here_states for state in states):
        return tr("here")
    if any(state in (*here_states, File.partial) for state in states):
        return tr("in part")
    return tr("not here")


class ModelsDialog(QDialog):
    """bill_wanted and fetch_wanted carry the names that are ticked, the latter also the licences accepted."""

    bill_wanted = pyqtSignal(list)
    fetch_wanted = pyqtSignal(list, list)
    stop_wanted = pyqtSignal()

    def __init__(self, parent: QWidget, hello: pb.HelloReply | None) -> None:
        super().__init__(parent)
        self._hello = hello
        self._reply: pb.ListModelsReply | None = None
        self._bill: pb.Bill | None = None
        self._is_fetching = False
        self.list = QTreeWidget()
        self.said, self.progress_said = Words(tr("Asking the engine what there is.")), Words()
        self.licences, self._licence_boxes = QWidget(), dict[str, QCheckBox]()
        self.progress = QProgressBar()
        self.download, self.stop = Button(tr("Download")), Button(tr("Stop"))
        self.setWindowTitle(tr("Models"))
        self._set_up()
        self.resize(400, 560)

    def show_models(self, reply: pb.ListModelsReply | None) -> None:
        """Fills the list; without a reply, what Hello says is missing."""
        self._reply = reply
        self.list.clear()
        if reply is None or not reply.models:
            self._show_missing()
            return
        for model in reply.models:
            self._add(model)
        self.list.setVisible(True)
        self._show_bill()

    def show_event(self, event: pb.FetchEvent | None) -> None:
        """One event of a bill or a download; None is its end."""
        if event is None:
            self._is_fetching = False
            self._allow()
            return
        kind = event.WhichOneof("event")
        if kind == "bill":
            self._bill = event.bill
            self._show_bill()
        elif kind == "progress":
            self._show_progress(event.progress)
        else:
            self.progress_said.say(event.end.text)

    def ticked(self) -> list[str]:
        items = [self.list.topLevelItem(n) for n in range(self.list.topLevelItemCount())]
        return [item.data(0, name_role) for item in items if item and item.checkState(0) == Qt.CheckState.Checked]

    def _set_up(self) -> None:
        self.list.setHeaderLabels([tr("Model"), tr("Size"), tr("State")])
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName(tr("Models"))
        self.list.setWordWrap(True)
        self.list.itemChanged.connect(self._tick)
        self.list.currentItemChanged.connect(self._describe)
        self.about = Words()
        self._licence_rows = QVBoxLayout(self.licences)
        self._licence_rows.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidget(self.licences)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setMaximumHeight(self.fontMetrics().height() * 8)
        close = Button(tr("Close"))
        self.download.clicked.connect(self._fetch)
        self.stop.clicked.connect(self.stop_wanted)
        close.clicked.connect(self.accept)
        self.progress.setVisible(False)
        self.progress.setAccessibleName(tr("Download"))
        self._scroll = scroll
        scroll.setVisible(False)
        outer = QVBoxLayout(self)
        for widget in (self.list, self.about, scroll, self.said, self.progress, self.progress_said):
            outer.addWidget(widget, 1 if widget is self.list else 0)
        self.space = QSpacerItem(0, 0)
        outer.addItem(self.space)
        outer.addLayout(Flow(self.download, self.stop, close))
        self.progress_said.say("")
        self.about.say("")
        self._allow()

    def _add(self, model: pb.PublishedModel) -> None:
        here, size = bytes_here(model)
        item = QTreeWidgetItem([model.name, words.size(size), state_of(model)])
        item.setData(0, name_role, model.name)
        item.setCheckState(0, Qt.CheckState.Unchecked)
        if here >= size or not model.can_run:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
        item.setToolTip(0, model.purpose)
        self.list.addTopLevelItem(item)
        self.list.resizeColumnToContents(0)
        self.list.resizeColumnToContents(1)

    def _describe(self, item: QTreeWidgetItem | None) -> None:
        name = item.data(0, name_role) if item else ""
        model = next((each for each in (self._reply.models if self._reply else ()) if each.name == name), None)
        if model is None:
            return
        licences = {licence.id: licence for licence in self._reply.licences} if self._reply else {}
        named = [
            licences[used].name for used in dict.fromkeys(file.licence for file in model.files) if used in licences
        ]
        memory = ", ".join(f"{gb:g} GB ({precision})" for precision, gb in sorted(model.memory_gb.items()))
        parts = [model.purpose, model.note, tr("Licence: {names}.", names=", ".join(named)) if named else ""]
        parts.append(tr("Graphics memory: {memory}.", memory=memory) if memory else "")
        if not model.can_run:
            parts.append(tr("This version cannot run it yet."))
        self.about.say(" ".join(part for part in parts if part))

    def _show_missing(self) -> None:
        self.list.setVisible(False)
        self.space.changeSize(0, 0, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        missing = dict(self._hello.missing) if self._hello else {}
        if missing:
            lines = [f"{name}: {reason}" for name, reason in sorted(missing.items())]
            self.said.say("\n\n".join([tr("What cannot run here, and why:"), *lines]))
        elif self._hello:
            self.said.say(tr("Every model that this engine knows can run here."))
        else:
            self.said.say(tr("The engine has not said yet what it has. Start it and open this again."))
        self._allow()

    def _tick(self) -> None:
        self._bill = None
        if names := self.ticked():
            self.said.say(tr("Adding up what is to be downloaded."))
            self.bill_wanted.emit(names)
        else:
            self._show_bill()
        self._allow()

    def _show_bill(self) -> None:
        """The sum, the space, and the licences that have to be accepted first."""
        self._show_licences([licence for licence in self._bill.licences if not licence.accepted] if self._bill else [])
        if self._bill:
            folder, needed, free = self._bill.folder, self._bill.to_download, self._bill.free_bytes
            if needed > free:
                self.said.say(
                    tr(
                        "Not enough space in {folder}: {needed} needed, {free} free. Untick a model or make room.",
                        folder=folder,
                        needed=words.size(needed),
                        free=words.size(free),
                    )
                )
            else:
                self.said.say(
                    tr(
                        "{needed} to download, {free} free in {folder}.",
                        needed=words.size(needed),
                        free=words.size(free),
                        folder=folder,
                    )
                )
        elif self._reply:
            free = words.size(self._reply.free_bytes)
            self.said.say(tr("Tick what to download. {free} free in {folder}.", free=free, folder=self._reply.folder))
        self._allow()

    def _show_licences(self, licences: Sequence[pb.Licence]) -> None:
        layout = self._licence_rows
        while item := layout.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._licence_boxes = {}
        for licence in licences:
            box = QCheckBox(tr("I accept: {name}", name=licence.name))
            box.setToolTip(licence.url)
            box.toggled.connect(self._allow)
            self._licence_boxes[licence.id] = box
            layout.addWidget(box)
            layout.addWidget(Words(licence.terms))
        self._scroll.setVisible(bool(licences))

    def _fetch(self) -> None:
        self._is_fetching = True
        self.progress.setRange(0, 0)
        self.progress.setVisible(True)
        self._allow()
        self.fetch_wanted.emit(self.ticked(), [name for name, box in self._licence_boxes.items() if box.isChecked()])

    def _show_progress(self, told: pb.FileProgress) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * told.all_done / max(1, told.all_size)))
        phase = {
            pb.FileProgress.copying: tr("copying"),
            pb.FileProgress.downloading: tr("downloading"),
            pb.FileProgress.checking: tr("checking"),
            pb.FileProgress.waiting: tr("waiting"),
        }[told.phase]
        done, size = words.size(told.all_done), words.size(told.all_size)
        self.progress_said.say(
            " ".join(
                filter(
                    None,
                    [
                        tr("{phase} {path}: {done} of {size}.", phase=phase, path=told.path, done=done, size=size),
                        told.text,
                    ],
                )
            )
        )

    def _allow(self) -> None:
        fits = self._bill is not None and self._bill.to_download <= self._bill.free_bytes
        accepted = all(box.isChecked() for box in self._licence_boxes.values())
        self.download.setEnabled(fits and accepted and bool(self.ticked()) and not self._is_fetching)
        self.stop.setEnabled(self._is_fetching)
        if not self._is_fetching:
            self.progress.setVisible(False)
