"""The window as an editor uses it, over a true channel: by keys alone, narrow, in two languages, in both themes."""

from __future__ import annotations

import asyncio
import itertools

import opentimelineio as otio
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent, QGuiApplication, QPalette
from PyQt6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLabel, QWidget

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.desk.settings import Settings
from foleyline_plugin.ui import keys, text, theme

pytestmark = pytest.mark.timeout(240)

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def rows(window, tab) -> int:
    return getattr(window.takes, tab).list.takes.rowCount()


def opened(qtbot, panel, path, **options):
    window = panel(path, **options)
    qtbot.waitUntil(lambda: window.model.rowCount() > 0, timeout=60000)
    window.activateWindow()
    return window


def press(qtbot, key, modifier=Modifier.NoModifier):
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def placed_names(path):
    written = otio.adapters.read_from_file(str(path))
    return [clip.name for track in written.tracks if track.name.startswith("FLY") for clip in track.find_clips()]


def test_the_whole_job_by_keys_alone(panel, cut, qtbot, scripted):
    path = cut(4)
    window = opened(qtbot, panel, path)
    out = path.parent / "Foley" / path.stem / f"{path.stem}_foley.otio"
    assert QApplication.focusWidget() is window.clips
    press(qtbot, Key.Key_A, Modifier.ControlModifier)
    press(qtbot, Key.Key_F6)
    assert QApplication.focusWidget() is window.direction.text
    qtbot.keyClicks(window.direction.text, "runs up a path, by j. k. l.")
    press(qtbot, Key.Key_Return, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: rows(window, "review") == 4, timeout=60000)
    assert {job.request.prompt for job in window.board.jobs.values()} == {"runs up a path, by j. k. l."}
    press(qtbot, Key.Key_1, Modifier.ControlModifier)
    assert QApplication.focusWidget() is window.takes.review.list
    first, second, third, fourth = (job.id for job in window.takes.review.list.takes.jobs)
    press(qtbot, Key.Key_N)
    press(qtbot, Key.Key_P)
    assert window.takes.current.id == first
    press(qtbot, Key.Key_Return)
    qtbot.waitUntil(lambda: rows(window, "placed") == 1, timeout=60000)
    assert window.takes.current.id == second
    press(qtbot, Key.Key_Return, Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: rows(window, "placed") == 2, timeout=60000)
    assert window.board.jobs[second].version == "voices"
    assert window.takes.current.id == third
    press(qtbot, Key.Key_Delete)
    qtbot.waitUntil(lambda: window.board.jobs[third].state == "rejected", timeout=60000)
    assert window.takes.current.id == fourth
    assert placed_names(out)[:2] == ["Sh 001 T1", "Sh 002 T1"]
    press(qtbot, Key.Key_U)
    qtbot.waitUntil(lambda: window.board.jobs[second].state == "to_review", timeout=60000)
    qtbot.waitUntil(lambda: placed_names(out) == ["Sh 001 T1", "Sh 001 T1 VOX"], timeout=60000)
    press(qtbot, Key.Key_L, Modifier.ControlModifier)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None and clipboard.text() == str(window.takes.current.request.seed)
    assert window.form.is_seed_locked


def test_cancelling_one_and_all_by_keys(panel, cut, qtbot, scripted):
    async def endless(engine, request, call):
        yield pb.GenerateEvent(progress=pb.Progress(step=pb.judging, fraction=0.5))
        await asyncio.sleep(60)

    scripted.script, scripted.clips_in_flight = endless, 2
    window = opened(qtbot, panel, cut(4))
    press(qtbot, Key.Key_Return, Modifier.ControlModifier)
    qtbot.waitUntil(
        lambda: [str(j.state) for j in window.takes.queue.list.takes.jobs].count("judging") == 2, timeout=60000
    )
    press(qtbot, Key.Key_2, Modifier.ControlModifier)
    press(qtbot, Key.Key_Period, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: rows(window, "problems") == 1, timeout=60000)
    press(qtbot, Key.Key_Period, Modifier.ControlModifier | Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: rows(window, "problems") == 4, timeout=60000)
    assert rows(window, "queue") == 0
    assert {str(job.state) for job in window.board.jobs.values()} == {"cancelled"}


def test_into_the_bin_and_back(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(1))
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 1, timeout=60000)
    window.takes.show_tab(window.takes.review)
    window.takes.bin.click()
    qtbot.waitUntil(lambda: rows(window, "review") == 0, timeout=60000)
    window.takes.show_tab(window.takes.placed)
    window.takes.placed.list.select(0)
    assert [str(job.state) for job in window.takes.placed.list.takes.jobs] == ["in_bin"]
    window.takes.review_again.click()
    qtbot.waitUntil(lambda: rows(window, "review") == 1, timeout=60000)


def test_letters_are_letters_while_text_is_written(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(1))
    typed = "ruynpabjkl ruynp"
    window.direction.text.setFocus()
    qtbot.keyClicks(window.direction.text, typed)
    assert window.direction.text.toPlainText() == typed
    window.direction.chips.another.setFocus()
    qtbot.keyClicks(window.direction.chips.another, "ruyn")
    qtbot.keyClick(window.direction.chips.another, Key.Key_Return)
    assert window.form.left_out == ["voices", "music", "ruyn"]
    assert window.commands._why is None and not window.board.jobs


def test_a_clip_with_a_problem_is_told_with_its_buttons(panel, cut, qtbot, scripted):
    async def offline(engine, request, call):
        if call == 1:
            raise FoleyError("E-MEDIA", name="A014_C003.mov")
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = offline
    window = opened(qtbot, panel, cut(1))
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "problems") == 1, timeout=60000)
    window.takes.show_tab(window.takes.problems)
    assert window.takes.problems.detail.text().startswith("E-MEDIA: “A014_C003.mov” is offline.")
    buttons = {button.text(): button for button in window.takes.problems._shown}
    assert list(buttons) == ["Relink", "Try again", "Skip it", "What it means", "Copy report"]
    buttons["What it means"].click()
    assert "E-MEDIA" in window.commands.dialog.text.toPlainText()
    window.commands.dialog.close()
    buttons["Try again"].click()
    qtbot.waitUntil(lambda: rows(window, "review") == 1, timeout=60000)


def test_clips_that_cannot_run_are_listed_and_not_asked_for(panel, cut, qtbot, tmp_path):
    path = cut(2)
    (tmp_path / "shot.mov").unlink()
    window = opened(qtbot, panel, path)
    assert rows(window, "problems") == 2
    assert not window.generate.isEnabled()
    other = tmp_path / "elsewhere.mov"
    other.touch()
    window.desk.relink("shot.mov", other)
    qtbot.waitUntil(lambda: rows(window, "problems") == 0, timeout=60000)
    qtbot.waitUntil(window.generate.isEnabled, timeout=60000)


def test_a_moved_clip_is_asked_about_in_a_dialog(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(2))
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 2, timeout=60000)
    cut(2, shift=53)
    window.commands.place_all()
    qtbot.waitUntil(lambda: window.commands.dialog is not None, timeout=60000)
    dialog = window.commands.dialog
    assert any("moved by +2:03" in label.text() for label in dialog.findChildren(QLabel))
    dialog.choose("new")
    dialog.place.click()
    qtbot.waitUntil(lambda: rows(window, "placed") == 2, timeout=60000)
    assert [job.record_start for job in window.takes.placed.list.takes.jobs] == [90053, 90103]


def test_a_timeline_is_dropped_on_it(panel, cut, qtbot):
    window = panel()
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(cut(3)))])
    drop = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, carried, Qt.MouseButton.LeftButton, Modifier.NoModifier
    )
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: window.model.rowCount() == 3, timeout=60000)
    assert "Reel 2 v14" in window.host_lamp.accessibleName()


def test_one_of_several_timelines_of_a_file_is_chosen(panel, cut, qtbot, tmp_path):
    both = otio.schema.SerializableCollection("both")
    for name, count in (("Reel 1", 2), ("Reel 2", 3)):
        both.append(otio.adapters.read_from_file(str(cut(count, name=name))))
    otio.adapters.write_to_file(both, str(tmp_path / "both.otio"))
    window = opened(qtbot, panel, tmp_path / "both.otio")
    assert window.timelines.isVisible() and window.model.rowCount() == 2
    window.timelines.activated.emit(1)
    qtbot.waitUntil(lambda: window.model.rowCount() == 3, timeout=60000)
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 3, timeout=60000)
    window.commands.place_all()
    qtbot.waitUntil(lambda: rows(window, "placed") == 3 and window.notice.isVisible(), timeout=60000)
    out = tmp_path / "Foley" / "both 2" / "both 2_foley.otio"
    assert placed_names(out)[:3] == ["Sh 001 T1", "Sh 002 T1", "Sh 003 T1"]


def test_in_to_out_takes_the_clips_between(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(4))
    window.span.in_to_out.setChecked(True)
    window.span.mark_in.setText("01:00:02:00")
    window.span.mark_out.setText("1:00:04:01")
    assert [spot.clip.name for spot in window.span.spots([])] == ["Sh 002", "Sh 003"]
    window.span.mark_out.setText("nonsense")
    assert window.span.spots([]) == [] and window.span.mark_out.toolTip()


def test_a_direction_of_its_own_with_the_judges_caption_to_take(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(2))
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 2, timeout=60000)
    window.clips.setCurrentIndex(window.model.index(1))
    press(qtbot, Key.Key_F2)
    dialog = window.commands.dialog
    dialog.use.click()
    dialog.keep.click()
    assert window.model.directions == {window.model.key(1): "A man locks a car."}
    window.clips.clearSelection()
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 4, timeout=60000)
    prompts = sorted(job.request.prompt for job in window.board.jobs.values())
    assert prompts == ["", "", "", "A man locks a car."]


def test_presets_keep_and_give_back_a_direction(panel, cut, qtbot, monkeypatch):
    window = opened(qtbot, panel, cut(1))
    window.direction.text.setPlainText("keys, cloth")
    monkeypatch.setattr("foleyline_plugin.ui.direction.QInputDialog.getText", lambda *a, **k: ("Car park", True))
    window.direction._keep()
    window.direction.text.setPlainText("")
    window.direction._fill_menu()
    action = next(a for a in window.direction.presets.menu().actions() if a.text() == "Car park")
    action.trigger()
    assert window.form.template.prompt == "keys, cloth"


def test_the_queue_window_orders_pauses_and_retries(panel, cut, qtbot, scripted):
    gate = asyncio.Event()

    async def waits(engine, request, call):
        await gate.wait()
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script, scripted.clips_in_flight = waits, 1
    window = opened(qtbot, panel, cut(4))
    window.commands.generate()
    window.commands.open_queue()
    queue = window.commands.dialog
    qtbot.waitUntil(lambda: [str(j.state) for j in queue.model.jobs] == ["preparing", *["waiting"] * 3], timeout=60000)
    queue.table.selectRow(3)
    queue.up.click()
    order = ["Sh 001", "Sh 002", "Sh 004", "Sh 003"]
    qtbot.waitUntil(lambda: [job.request.clip.name for job in queue.model.jobs] == order, timeout=60000)
    queue.table.selectRow(3)
    queue.first.click()
    order = ["Sh 001", "Sh 003", "Sh 002", "Sh 004"]
    qtbot.waitUntil(lambda: [job.request.clip.name for job in queue.model.jobs] == order, timeout=60000)
    queue.pause.click()
    qtbot.waitUntil(lambda: queue.pause.text() == "Go on", timeout=60000)
    scripted.loop.call_soon_threadsafe(gate.set)
    qtbot.waitUntil(lambda: rows(window, "review") == 1, timeout=60000)
    qtbot.wait(400)
    assert rows(window, "queue") == 3
    queue.pause.click()
    qtbot.waitUntil(lambda: rows(window, "review") == 4, timeout=60000)
    queue.close()


def test_another_key_for_the_same_thing(panel, cut, qtbot):
    settings = Settings(language="en", theme="dark", keys={"generate": "F9"})
    window = opened(qtbot, panel, cut(1), settings=settings)
    assert "F9" in window.generate.toolTip()
    press(qtbot, Key.Key_F9)
    qtbot.waitUntil(lambda: rows(window, "review") == 1, timeout=60000)
    window.commands.open_settings()
    dialog = window.commands.dialog
    dialog.edits["undo"].setKeySequence("F9")
    dialog.edits["undo"].editingFinished.emit()
    assert "F9" in dialog.taken.text() and "undo" not in window.settings.keys
    dialog.close()


def test_no_key_is_given_twice():
    used = [key for each in keys.usual.values() for key in each.keys]
    assert len(used) == len(set(used))


def named(widget: QWidget) -> str:
    said = widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        said = said or widget.text()
    return said


def focusable(window) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()
    ]


def test_everything_that_takes_the_focus_has_a_name(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(2))
    window.options.open_more(True)
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 2, timeout=60000)
    nameless = [
        widget
        for widget in focusable(window)
        if not named(widget) and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
    ]
    assert not nameless
    model = window.takes.review.list.takes
    said = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Sh 001, take 1, voices removed, not placed yet"


def test_the_focus_goes_as_one_reads(panel, cut, qtbot):
    window = opened(qtbot, panel, cut(2))
    window.span.whole.setFocus()
    places = []
    start = QApplication.focusWidget()
    for _ in itertools.repeat(None, 60):
        press(qtbot, Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus is start or focus is window.host_lamp:
            break
        places.append((focus.mapTo(window, focus.rect().center()).y(), named(focus)))
    assert len(places) > 12
    backwards = [(a, b) for a, b in itertools.pairwise(places) if b[0] < a[0] - 24]
    assert not backwards


def cut_texts(window) -> list[str]:
    """Words that have less room than they need."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel) and not widget.wordWrap() and widget.text():
            room = widget.width() >= widget.sizeHint().width() - 1
        elif isinstance(widget, QLabel) and widget.text():
            room = widget.height() >= widget.heightForWidth(widget.width()) - 1
        elif isinstance(widget, QAbstractButton) and widget.text():
            longest = max(widget.text().split("\n"), key=len)
            room = widget.width() >= widget.fontMetrics().horizontalAdvance(longest.replace("&", "")) + 4
        else:
            room = True
        if not room or widget.mapTo(window, widget.rect().topRight()).x() > window.width():
            found.append(getattr(widget, "text", lambda: "")() or type(widget).__name__)
    return found


@pytest.mark.parametrize("language", text.tables)
def test_nothing_is_cut_at_360_pixels(panel, cut, qtbot, language, scripted):
    async def mixed(engine, request, call):
        if request.clip.name == "Sh 002":
            raise FoleyError("E-FORMAT", name="A014_C003_a_long_name_of_a_file.mov", reason="it breaks off after 3.1 s")
        yield pb.GenerateEvent(take=engine.take(request))

    def found() -> list[str]:
        qtbot.wait(60)
        assert window.width() == 360
        return cut_texts(window)

    scripted.script = mixed
    window = panel(settings=Settings(language=language, theme="light"))
    window.resize(360, 900)
    seen = {"empty": found()}
    window.desk.open(cut(3))
    qtbot.waitUntil(lambda: window.model.rowCount() > 0, timeout=60000)
    qtbot.waitUntil(lambda: window.board.engine.state == "ready", timeout=60000)
    seen["open"] = found()
    window.options.open_more(True)
    seen["more"] = found()
    window.options.open_more(False)
    window.commands.generate()
    qtbot.waitUntil(lambda: rows(window, "review") == 2, timeout=60000)
    for tab in window.takes.tabs:
        window.takes.show_tab(tab)
        seen[tab.name] = found()
    window.commands.place_all()
    qtbot.waitUntil(lambda: rows(window, "placed") == 2 and window.notice.isVisible(), timeout=60000)
    window.takes.show_tab(window.takes.placed)
    seen["placed and told"] = found()
    assert {name: cut for name, cut in seen.items() if cut} == {}


@pytest.mark.parametrize("is_dark", [True, False])
def test_words_stand_out_from_what_is_behind_them(is_dark):
    def light(color) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    def contrast(one, other) -> float:
        high, low = sorted((light(one), light(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    role = QPalette.ColorRole
    palette = theme.palette(is_dark)
    pairs = [
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.PlaceholderText, role.Base),
        (role.ToolTipText, role.ToolTipBase),
        (role.Link, role.Window),
    ]
    assert min(contrast(palette.color(one), palette.color(other)) for one, other in pairs) >= 4.5
    for kind in theme.marks[is_dark]:
        for ground in (role.Base, role.Window):
            assert contrast(theme.mark_color(palette, kind), palette.color(ground)) >= 4.5


def test_the_form_is_remembered(panel, cut, qtbot, tmp_path):
    window = opened(qtbot, panel, cut(1))
    window.direction.text.setPlainText("keys")
    window.options.takes.setValue(3)
    window.options.detect.setChecked(False)
    assert window.form.template.run == pb.direct
    window.close()
    window.settings.save()
    from foleyline_plugin.desk import form, settings

    again = form.remembered(settings.load().form)
    assert (again.template.prompt, again.takes, again.template.run) == ("keys", 3, pb.direct)
