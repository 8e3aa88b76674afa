"""What keys and buttons do: the window's state to commands of the desk, the desk's answers to dialogs and words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QGuiApplication
from PyQt6.QtWidgets import QApplication, QFileDialog, QWidget

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..desk.events import Exported, MovedAsked, Placed, Trouble
from ..desk.reading import Spot
from ..job import Job, State, Version
from . import remedies, theme, words
from .board import clip_prefix
from .clip_direction import ClipDirection
from .help import Help
from .moved import MovedDialog
from .options import standing
from .queue_window import QueueWindow
from .remedies import Remedy
from .report import report
from .text import count, tr

if TYPE_CHECKING:
    from .models_dialog import ModelsDialog
    from .why import Why
    from .window import Window

both_wide = 880
timeline_filter = "*.otio *.otioz *.otiod *.xml *.edl *.fcpxml *.aaf"


class Commands:
    """`does` has them by the names that keys, buttons and remedies use."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._why: Why | None = None
        self._queue: QueueWindow | None = None
        self._models: ModelsDialog | None = None
        self._problem: FoleyError | None = None
        self.dialog: QWidget | None = None
        desk = window.desk
        self.does: dict[str, Callable[[], None]] = {
            "generate": self.generate,
            "generate_first": lambda: self.generate(first=True),
            "cancel": lambda: desk.cancel(self._chosen_ids("queue")),
            "cancel_waiting": lambda: desk.cancel(self._ids_in(State.waiting)),
            "cancel_all": self._cancel_all,
            "pause": lambda: desk.pause(not window.board.queue.is_paused),
            "lock_seed": self._lock_seed,
            "open": self.open,
            "reload": desk.reload,
            "undo": desk.undo,
            "queue": self.open_queue,
            "settings": self.open_settings,
            "models": self.open_models,
            "quit": self._quit,
            "help": lambda: self.open_help(*self._page_of_focus()),
            "next_part": self._next_part,
            "why": self.open_why,
            "tab_review": lambda: self._go_to_tab(0),
            "tab_queue": lambda: self._go_to_tab(1),
            "tab_placed": lambda: self._go_to_tab(2),
            "tab_problems": lambda: self._go_to_tab(3),
            "next": lambda: window.takes.tab.list.step(1),
            "previous": lambda: window.takes.tab.list.step(-1),
            "place": lambda: self.place(window.form.version),
            "place_voices": lambda: self.place(Version.voices),
            "reject": self._reject,
            "bin": lambda: desk.keep_in_bin(self._chosen_ids("review")),
            "take_off": lambda: desk.remove(self._chosen_ids("placed")),
            "remove_all": lambda: desk.remove(self._ids_in(State.placed)),
            "review_again": lambda: desk.review_again(self._chosen_ids("placed")),
            "play": lambda: self._review_key("play"),
            "with_voices": lambda: self._review_key("with_voices"),
            "without_voices": lambda: self._review_key("without_voices"),
            "direction": lambda: self.direct_clip(window.clips.currentIndex().row()),
            "retry": self._retry,
            "skip": self._skip,
            "relink": self._relink,
            "work_from_file": desk.work_from_file,
            "use_picture": lambda: self._use_source(pb.picture),
            "use_production": lambda: self._use_source(pb.production),
            "use_built_in": self._use_built_in,
            "choose_folder": self.open_settings,
            "show_folder": self._show_folder,
            "start_engine": desk.retry_engine,
            "stop_engine": desk.stop_engine,
            "meaning": self._show_meaning,
            "report": self.copy_report,
        }

    def listen(self) -> None:
        """Answers of the desk that want words or a dialog."""
        board = self._window.board
        board.moved_asked.connect(self._ask_moved)
        board.placed.connect(self._tell_placed)
        board.exported.connect(self._tell_exported)
        board.troubled.connect(self._tell_trouble)
        board.wished.connect(self._obey)

    def of(self, *names: str) -> list[Remedy]:
        return [Remedy(remedies.words_of(name), self.does[name]) for name in names]

    # generate

    def generate(self, *, first: bool = False) -> None:
        window = self._window
        spots = window.span.spots(window.clips.chosen_rows())
        if not spots:
            window.notice.say(tr("No clip is chosen that can run. Nothing was queued."))
            return
        window.desk.generate(spots, window.form, window.model.directions, first=first)
        window.form.next_seed()
        window.options.show_form()
        window.settings.form = window.form.kept()
        window.settings.save()
        window.takes.show_tab(window.takes.queue)

    def direct_clip(self, row: int) -> None:
        """The dialog for a clip's own direction."""
        model = self._window.model
        if not 0 <= row < model.rowCount():
            return
        job = model.newest_job(row)
        caption = job.take.verdict.caption if job and job.take else ""
        name, own = model.spots[row].clip.name, model.directions.get(model.key(row), "")
        dialog = ClipDirection(self._window, name, own, caption)
        dialog.written.connect(lambda text: self._write_direction(row, text))
        self._open(dialog)

    def _write_direction(self, row: int, text: str) -> None:
        self._window.model.direct(row, text)
        self._window.settings.save()
        self._window.show_estimate()

    def _lock_seed(self) -> None:
        """The chosen take's seed, or the form's, to the clipboard and held on to."""
        job = self._window.takes.current
        seed = job.request.seed if job else self._window.form.template.seed
        if clipboard := QGuiApplication.clipboard():
            clipboard.setText(str(seed))
        self._window.options.lock_seed(seed)

    # takes

    def place(self, version: Version) -> None:
        jobs = [job for job in self._window.takes.chosen() if job.take]
        if jobs:
            self._window.desk.place([job.id for job in jobs], version)

    def place_all(self) -> None:
        self._window.desk.place(self._ids_in(State.to_review), self._window.form.version)

    def show_take(self, job: Job | None) -> None:
        if self._why and self._why.isVisible():
            self._why.show_job(job)

    def open_why(self) -> None:
        """Opens the review beside the window, or closes it."""
        window = self._window
        if self._why is None:
            from .why import Why

            self._why = Why(window, window.desk, window.board, window.takes.review.list)
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._why)
        elif self._why.isVisible():
            self._why.hide()
            return
        if not self._why.isFloating() and window.width() < both_wide:
            window.resize(both_wide, window.height())
        self._why.show()
        window.resizeDocks([self._why], [both_wide // 2], Qt.Orientation.Horizontal)
        self._why.show_job(window.takes.current)

    def _go_to_tab(self, number: int) -> None:
        takes = self._window.takes
        takes.show_tab(takes.tabs[number])
        takes.tab.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _review_key(self, name: str) -> None:
        if self._why is None or not self._why.isVisible():
            self.open_why()
        if self._why:
            self._why.key(name)

    def _reject(self) -> None:
        window = self._window
        if window.takes.tab is window.takes.review:
            window.desk.reject(self._chosen_ids("review"))
        elif window.takes.tab is window.takes.queue:
            window.desk.cancel(self._chosen_ids("queue"))

    def _cancel_all(self) -> None:
        window = self._window
        window.desk.cancel([job.id for job in window.takes.queue.list.takes.jobs])

    def _chosen_ids(self, name: str) -> list[str]:
        """Chosen rows of a tab, whichever tab is in front."""
        tabs = self._window.takes
        tab = {"review": tabs.review, "queue": tabs.queue, "placed": tabs.placed, "problems": tabs.problems}[name]
        return [job.id for job in tab.list.chosen()]

    def _ids_in(self, *states: State) -> list[str]:
        return [job.id for job in self._window.board.of(*states)]

    # problems

    def _retry(self) -> None:
        ids = self._chosen_ids("problems")
        if any(job_id.startswith(clip_prefix) for job_id in ids):
            self._window.desk.reload()
        self._window.desk.retry(ids)

    def _skip(self) -> None:
        for job_id in self._chosen_ids("problems"):
            self._window.board.skip(job_id)

    def _relink(self) -> None:
        """The missing file, chosen by hand."""
        problem = self._problem_in_hand()
        name = problem.facts.get("name", "") if problem else ""
        chosen, _ = QFileDialog.getOpenFileName(self._window, tr("Where is {name}?", name=name))
        if chosen and name:
            self._window.desk.relink(name, Path(chosen))

    def _use_source(self, source: pb.Source) -> None:
        """Asks for the chosen clips again, with the sound from elsewhere."""
        window = self._window
        jobs = [job for job in window.takes.problems.list.chosen() if not job.id.startswith(clip_prefix)]
        spots = [Spot(job.request.clip, None) for job in jobs]
        before = window.form.template.source
        window.form.template.source = source
        window.desk.generate(spots, window.form, {})
        window.form.template.source = before
        self._skip()

    def _use_built_in(self) -> None:
        window = self._window
        window.options.use(standing)
        spots = [
            Spot(job.request.clip, None)
            for job in window.takes.problems.list.chosen()
            if not job.id.startswith(clip_prefix)
        ]
        if spots:
            window.desk.generate(spots, window.form, {})
            self._skip()

    def _problem_in_hand(self) -> FoleyError | None:
        """What the buttons are about: the notice's problem, else the chosen row's."""
        job = self._window.takes.problems.list.current
        if self._window.takes.tab is self._window.takes.problems and job and job.problem:
            return job.problem
        return self._problem

    def _show_meaning(self) -> None:
        if problem := self._problem_in_hand():
            self.open_help("problems.md", problem.code)

    def copy_report(self) -> None:
        window = self._window
        if clipboard := QGuiApplication.clipboard():
            clipboard.setText(report(window.board, window.form, self._problem_in_hand()))
        window.notice.say(tr("The report is on the clipboard. Names and paths were taken out of it."))

    # windows

    def open(self) -> None:
        filters = f"{tr('Timelines')} ({timeline_filter});;{tr('Movies and all files')} (*)"
        chosen, _ = QFileDialog.getOpenFileName(self._window, tr("Open a timeline or a movie"), "", filters)
        if chosen:
            self.open_path(chosen)

    def open_path(self, path: str) -> None:
        self._window.desk.open(Path(path))

    def open_queue(self) -> None:
        if self._queue is None:
            desk = self._window.desk
            does: dict[str, Callable[[list[str]], None]] = {
                "pause": lambda _: self.does["pause"](),
                "cancel": desk.cancel,
                "retry": desk.retry,
                "put_first": desk.put_first,
                "order": desk.order,
            }
            self._queue = QueueWindow(self._window, self._window.board, does)
        self._open(self._queue)

    def open_settings(self) -> None:
        from .settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._window, self._window.settings)
        dialog.changed.connect(self._apply_settings)
        self._open(dialog)

    def _apply_settings(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, self._window.settings.theme)
        self._window.apply_keys()

    def open_models(self) -> None:
        from .models_dialog import ModelsDialog

        window = self._window
        dialog = self._models = ModelsDialog(window, window.board.engine.hello)
        desk, board = window.desk, window.board
        dialog.bill_wanted.connect(lambda names: desk.fetch_models(names, [], only_bill=True))
        dialog.fetch_wanted.connect(lambda names, licences: desk.fetch_models(names, licences, only_bill=False))
        dialog.stop_wanted.connect(desk.stop_fetching)
        board.models_listed.connect(dialog.show_models)
        board.fetched.connect(dialog.show_event)
        desk.list_models()
        self._open(dialog)

    def _quit(self) -> None:
        self._window.close()

    def open_help(self, page: str, heading: str) -> None:
        self._open(Help(self._window, page, heading))

    def _open(self, dialog: QWidget) -> None:
        self.dialog = dialog
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _page_of_focus(self) -> tuple[str, str]:
        """The page and the heading for the part that has the focus."""
        window, focus = self._window, QApplication.focusWidget()
        parts = {
            window.span: "What is worked on",
            window.clips: "What is worked on",
            window.direction: "Direction",
            window.options: "How takes are made",
            window.takes: "Takes",
        }
        for part, heading in parts.items():
            if focus is not None and (part is focus or part.isAncestorOf(focus)):
                return "panel.md", heading
        return "panel.md", "The panel"

    def _next_part(self) -> None:
        """F6 leads through the parts of the window."""
        window, focus = self._window, QApplication.focusWidget()
        parts: list[QWidget] = [window.clips, window.direction.text, window.generate, window.takes.tab.list]
        at = next((n for n, part in enumerate(parts) if focus is not None and part is focus), -1)
        parts[(at + 1) % len(parts)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_folder(self) -> None:
        if folder := self._window.board.host.out_dir:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # answers

    def _ask_moved(self, asked: MovedAsked) -> None:
        dialog = MovedDialog(self._window, asked)
        desk = self._window.desk
        dialog.answered.connect(lambda ids, version, starts: desk.place(ids, Version(version), starts))
        self._open(dialog)

    def _tell_placed(self, told: Placed) -> None:
        if told.path is None and not self._window.board.host.program:
            self._window.notice.say(tr("Nothing of ours lies on the lanes any more."))
        elif told.what == "place":
            said = count(told.count, "{n} take placed.", "{n} takes placed.")
            where = tr("The timeline with its lanes: {path}", path=told.path) if told.path else ""
            self._window.notice.say(
                f"{said} {where}".strip(),
                [Remedy(tr("Undo"), self.does["undo"]), *self.of("show_folder")],
            )
        else:
            said = count(told.count, "{n} take is as it was before.", "{n} takes are as they were before.")
            if told.what == "remove":
                said = count(told.count, "{n} take taken off the lanes.", "{n} takes taken off the lanes.")
            self._window.notice.say(said, self.of("show_folder"))

    def _obey(self, what: str) -> None:
        """A button in the editing program was pressed."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
        if what == "whole_timeline":
            window.span.whole.setChecked(True)
        if what in ("generate", "whole_timeline"):
            self.generate()

    def _tell_exported(self, told: Exported) -> None:
        self._window.notice.say(tr("The cue sheet is written: {path}", path=told.path), self.of("show_folder"))

    def _tell_trouble(self, told: Trouble) -> None:
        self._problem = told.problem
        self._window.notice.say(words.sentence(told.problem), remedies.remedies(told.problem, self._notice_does()))

    def _notice_does(self) -> dict[str, Callable[[], None]]:
        """A notice is about no row: what concerns one is not offered."""
        return {name: does for name, does in self.does.items() if name not in ("skip", "retry")}
