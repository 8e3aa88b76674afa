"""What the editor reads, presses and writes: on real takes, in both themes, by keys, at the narrowest width."""

from __future__ import annotations

import ast
import gc
import re
import threading
import time
import weakref
from itertools import pairwise
from pathlib import Path

import pytest
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QColor, QImage, QPalette
from PyQt6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.ui import text
from foleyline_plugin.ui.review import colors, times, wording
from foleyline_plugin.ui.review.calls import Call
from foleyline_plugin.ui.review.german import german
from foleyline_plugin.ui.review.output import Trouble
from foleyline_plugin.ui.review.panel import ReviewPanel

from .conftest import until, wait

pytestmark = pytest.mark.timeout(60)
here = Path(__file__).parents[3] / "plugin/foleyline_plugin/ui/review"


def words_in(widget: QWidget) -> str:
    labels = [label.text() for label in widget.findChildren(QLabel) if not label.isHidden()]
    return "\n".join(labels)


def test_a_voice_over_is_told_with_its_reason_and_what_was_done(shown, made):
    panel, take = shown("narrated"), made["narrated"]
    assert panel.head.name.text() == "narrated T1"
    assert panel.head.range.text() == "01:00:00:00 - 01:00:05:00"
    assert panel.card.headline.text() == "Voice-over: yes"
    assert panel.card.reason.text() == "Voices are heard and nobody is seen."
    assert panel.card.voices.text().startswith("Voice at 01:00:00:")
    assert panel.card.judge.text().startswith("model evidence 1, ")
    assert panel.card.done.text().startswith("Then: voices removed → silent (loudest -")
    assert panel.card.steps.text().startswith(
        "1\u00a0production sound read   2\u00a0judged   3\u00a0voices removed   4\u00a0checked   generated again   "
    )
    for name in ("summary", "caption", "reasoning", "conclusion"):
        assert panel.card.sections[name].content.text() == getattr(take.verdict, name)
    assert panel.card.raw.isHidden() and panel.card.gaps.isHidden()


def test_versions_that_do_not_differ_say_so(shown):
    assert shown("25").stage.versions.levels[1].text() == "hearing this  same as A"
    assert "LUFS" in shown("narrated").stage.versions.levels[1].text()


def test_the_text_of_the_judge_can_be_selected_and_is_never_markup(shown, made, panel):
    take = made["narrated"]
    take.verdict.caption = "<b>a man</b> & <img src='http://somewhere/x.png'> says {name}"
    panel.show_take(take, made.folder, None)
    label = panel.card.sections["caption"].content
    assert label.text() == take.verdict.caption
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_every_number_comes_from_the_message(shown, made):
    panel, take = shown("narrated"), made["narrated"]
    told = panel.card.account.content.text()
    removing = next(note for note in take.steps if note.step == pb.removing)
    assert removing.text in told
    assert f"removed energy {removing.numbers['removed_energy_db']:.1f} dB" in told
    outside = words_in(panel.card).replace(told, "")
    for fold in panel.card.sections.values():
        outside = outside.replace(fold.content.text(), "")
    assert not re.search(r"\d\s*%|probab|confiden", outside)


def test_scores_of_a_judge_are_its_own(made, panel):
    take = made["narrated"]
    take.verdict.scores["A_at_once"] = 0.914
    take.verdict.warnings.append("repeated_section")
    next(note for note in take.steps if note.step == pb.planning).answer = "Step1: as it was written"
    panel.show_take(take, made.folder, None)
    for part in ("Odd about the answer: repeated section", "Step1: as it was written"):
        assert part in panel.card.account.content.text()
    assert "not checked against how often it is right: A at once 0.91" in panel.card.account.content.text()


def test_silent_on_purpose_looks_like_no_failure(shown, made):
    panel = shown("silent")
    assert made["silent"].outcome == pb.silent_on_purpose and not made["silent"].without_voices.path
    assert panel.head.outcome.text() == "silent on purpose"
    assert panel.stage.versions.tracks[1].words == "silent on purpose"
    assert "left empty, as asked: silent on purpose" in panel.card.done.text()
    assert not panel.stage.transport.matched.isEnabled()


def test_silence_on_purpose_is_heard_as_silence(shown, tape, qtbot):
    panel = shown("silent")
    panel.player.play(1)
    until(qtbot, lambda: panel.player.position > 20_000)
    assert len(tape.samples) and not tape.samples.any()
    panel.player.hear(0)
    until(qtbot, lambda: bool(tape.samples.any()))


def undecided(made) -> pb.Take:
    take = made["25"]
    take.outcome = pb.to_decide
    verdict = take.verdict
    verdict.Clear()
    verdict.option = pb.undecided
    verdict.model = "VideoLLaMA2.1-7B-AV-CoT"
    verdict.text = "<SUMMARY> I will look. </SUMMARY> <CAPTION> A man locks a car. </CAPTION> and so on"
    verdict.summary, verdict.caption = "I will look.", "A man locks a car."
    verdict.missing.extend(["REASONING", "CONCLUSION"])
    return take


def test_an_answer_that_cannot_be_read_is_the_editors_to_decide(made, panel, qtbot):
    take = undecided(made)
    panel.show_take(take, made.folder, None)
    assert panel.card.headline.text() == "Voice-over: to decide"
    assert panel.card.gaps.text() == "Missing in the answer: Reasoning, Conclusion. All of it as written:"
    assert panel.card.raw.text() == take.verdict.text
    assert panel.card.sections["reasoning"].isHidden()
    assert not panel.calls.buttons[Call.agreed].isEnabled()
    assert panel.calls.buttons[Call.keep_voices].isEnabled()
    assert panel.calls.buttons[Call.generate_again].isEnabled()


def test_an_option_alone_misses_no_sections(made, panel):
    take = made["25"]
    take.verdict.Clear()
    take.verdict.mode, take.verdict.text, take.verdict.option = pb.qa, "B. No", pb.no
    take.verdict.missing.extend(["SUMMARY", "CAPTION", "REASONING", "CONCLUSION"])
    panel.show_take(take, made.folder, None)
    assert panel.card.gaps.isHidden() and panel.card.raw.text() == "B. No"


@pytest.mark.parametrize("option", pb.Option.values())
@pytest.mark.parametrize("outcome", pb.Outcome.values())
def test_there_are_words_for_all_that_can_come_out(made, panel, option, outcome):
    take = made["25"]
    take.verdict.option, take.outcome = option, outcome
    panel.card.show_take(take, panel.player.times or _times(take))
    assert panel.card.headline.text() and panel.card.reason.text()
    assert len(panel.card.done.text()) > len("Then: ")


def test_nothing_is_claimed_of_a_step_that_was_not_run(made):
    take = made["narrated"]
    checks = [note for note in take.steps if note.step != pb.checking]
    del take.steps[:]
    take.steps.extend(checks)
    take.outcome = pb.voices_removed
    assert wording.done(take) == "Then: voices removed → kept"
    take.request.voices = pb.voices_removed_anyway
    assert wording.done(take) == "Then: voices removed, as you said → kept"
    take.outcome, take.verdict.option = pb.as_generated, pb.not_asked
    assert wording.done(take) == "Then: kept as generated"


def _times(take: pb.Take):
    return times.of(take.request.clip)


@pytest.mark.parametrize("gone", ["with_voices", "without_voices"])
def test_a_missing_file_is_named_and_the_other_is_heard(made, panel, qtbot, tape, gone):
    take = made["narrated"]
    getattr(take, gone).path = "audio/not there.wav"
    panel.show_take(take, made.folder, None)
    version = int(gone == "without_voices")
    until(qtbot, lambda: panel.stage.versions.tracks[version].words == "not there.wav is not there")
    panel.player.hear(1 - version)
    panel.player.play(1)
    until(qtbot, lambda: bool(tape.samples.any()))


def test_a_damaged_file_says_why(made, panel, qtbot, tmp_path):
    take = made["narrated"]
    (tmp_path / "audio").mkdir()
    for file in (take.with_voices, take.without_voices):
        (tmp_path / file.path).write_bytes(b"damaged")
    panel.show_take(take, tmp_path, None)
    until(qtbot, lambda: "cannot be read" in panel.stage.versions.tracks[0].words)


def test_a_path_that_leads_out_of_the_folder_is_not_followed(made, panel, qtbot, tmp_path):
    take = made["narrated"]
    outside = made.folder / take.with_voices.path
    take.with_voices.path = str(outside)
    panel.show_take(take, tmp_path, None)
    until(qtbot, lambda: "is not there" in panel.stage.versions.tracks[0].words)


def test_what_the_editor_says_goes_out_with_the_take(shown, qtbot, made):
    panel = shown("narrated")
    identity = made["narrated"].request_id
    pressed = [
        (panel.agreed, panel.calls.buttons[Call.agreed]),
        (panel.keep_voices, panel.calls.buttons[Call.keep_voices]),
        (panel.generate_again, panel.calls.buttons[Call.generate_again]),
        (panel.place_both, panel.placing.both),
        (panel.place_with_voices, panel.placing.with_voices),
        (panel.reject, panel.placing.reject),
    ]
    for signal, button in pressed:
        with qtbot.waitSignal(signal, timeout=1000) as caught:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert caught.args == [identity]
    assert panel.calls.said.text() == "You said: generate again, no voices."


@pytest.mark.parametrize(
    ("key", "shift", "signal"),
    [
        (Qt.Key.Key_Return, False, "place_both"),
        (Qt.Key.Key_Enter, False, "place_both"),
        (Qt.Key.Key_Return, True, "place_with_voices"),
        (Qt.Key.Key_Delete, False, "reject"),
        (Qt.Key.Key_N, False, "next_wanted"),
        (Qt.Key.Key_P, False, "previous_wanted"),
    ],
)
def test_keys_that_decide(shown, qtbot, key, shift, signal):
    panel = shown("narrated")
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(getattr(panel, signal), timeout=1000):
        qtbot.keyClick(panel.stage.picture, key, modifier)


def test_no_key_is_taken_while_a_note_is_written(shown, qtbot, made):
    panel = shown("narrated")
    said = []
    for signal in (panel.place_both, panel.reject, panel.place_with_voices):
        signal.connect(lambda *_: said.append("placed or rejected"))
    panel.next_wanted.connect(lambda: said.append("next"))
    line, before = panel.note.line, (panel.player.position, panel.player.version)
    line.setFocus()
    qtbot.keyClicks(line, "jacket A bit loud, jkl np +-=")
    qtbot.keyClick(line, Qt.Key.Key_Left)
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    with qtbot.waitSignal(panel.note_changed) as caught:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert caught.args == [made["narrated"].request_id, "jacket A bit loud, jkl np +-"]
    assert (panel.player.position, panel.player.version, panel.player.rate) == (*before, 0)
    assert not said and not line.hasFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_N)
    assert said == ["next"]


def test_a_note_is_told_before_another_take_is_shown(shown, qtbot, made):
    panel = shown("narrated")
    panel.note.line.setFocus()
    qtbot.keyClicks(panel.note.line, "wind")
    with qtbot.waitSignal(panel.note_changed) as caught:
        panel.show_take(made["25"], made.folder, None, note="older")
    assert caught.args == [made["narrated"].request_id, "wind"]
    assert panel.note.line.text() == "older"
    wait(qtbot, 0.5)


def test_what_was_said_before_is_shown_again(made, panel):
    panel.show_take(made["narrated"], made.folder, None, note="loud", call=Call.keep_voices)
    assert panel.note.line.text() == "loud"
    assert panel.calls.buttons[Call.keep_voices].isChecked()
    assert panel.calls.said.text() == "You said: keep voices."


def test_a_focused_button_keeps_its_keys(shown, qtbot):
    panel = shown("narrated")
    said = []
    panel.reject.connect(lambda _: said.append("reject"))
    panel.place_both.connect(lambda _: said.append("place"))
    panel.placing.reject.setFocus()
    qtbot.keyClick(panel.placing.reject, Qt.Key.Key_Return)
    qtbot.keyClick(panel.placing.reject, Qt.Key.Key_Space)
    assert said == ["reject", "reject"] and panel.player.rate == 0


def test_a_click_on_a_button_leaves_the_keys_to_the_picture(shown, qtbot):
    panel = shown("narrated")
    qtbot.mouseClick(panel.stage.transport.loop, Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
    assert panel.player.loops
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert panel.player.rate == 1


def test_a_text_that_was_clicked_takes_no_keys(shown, qtbot):
    panel = shown("narrated")
    label, frame = panel.card.sections["caption"].content, panel.player.frame
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert panel.player.frame == frame + 1
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_A)
    assert panel.player.version == 0


def test_tab_leads_through_every_control_in_reading_order(shown, qtbot):
    panel = shown("narrated")
    panel.stage.picture.setFocus()
    walked = []
    while (focused := QApplication.focusWidget()) not in walked:
        walked.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    buttons = [b for b in panel.findChildren(QAbstractButton) if b.isVisible() and b.isEnabled()]
    assert set(buttons) <= set(walked) and panel.note.line in walked
    inside = panel.column.widget()
    tops = [w.mapTo(inside, QPoint(0, 0)).y() // 12 for w in walked if inside.isAncestorOf(w)]
    turns = sum(later < earlier for earlier, later in pairwise(tops))
    assert turns <= 1, "the order turns back once at most, where it begins again"


def test_tab_swaps_while_it_plays(shown, qtbot):
    panel = shown("narrated")
    panel.player.play(1)
    for expected in (0, 1):
        qtbot.keyClick(panel.stage.picture, Qt.Key.Key_Tab)
        assert panel.player.version == expected and panel.stage.picture.hasFocus()


def test_keys_can_be_given_to_others(shown, qtbot):
    panel = shown("narrated")
    panel.remap({"play": ["X"]})
    qtbot.keyClick(panel.stage.picture, Qt.Key.Key_Space)
    assert panel.player.rate == 0
    qtbot.keyClick(panel.stage.picture, Qt.Key.Key_X)
    assert panel.player.rate == 1
    assert panel.stage.transport.play.toolTip().endswith("X")


def test_everything_has_a_name(shown):
    panel = shown("narrated")
    for widget in panel.findChildren(QAbstractButton):
        assert widget.accessibleName() or widget.text()
    for widget in panel.findChildren(QLineEdit):
        assert widget.accessibleName()
    described = panel.stage.versions.tracks[0].accessibleName()
    for part in ("with voices", "5.00 s", "LUFS", "dBTP", "2 voiced stretches"):
        assert part in described
    assert panel.stage.picture.accessibleName()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("points", [9, 18])
def test_nothing_is_cut_at_the_narrowest_width(qtbot, made, monkeypatch, language, points):
    """At 360 points, and with letters twice as large: what does not fit in a row goes on in the next."""
    monkeypatch.setattr(text, "_language", language)
    font = QApplication.font()
    larger = QApplication.font()
    larger.setPointSize(points)
    QApplication.setFont(larger)
    panel = ReviewPanel()
    try:
        qtbot.addWidget(panel)
        panel.resize(360, 800)
        panel.show()
        panel.show_take(made["narrated"], made.folder, None, call=Call.generate_again)
        panel.show_place(12, 345)
        wait(qtbot, 0.1)
        assert panel.width() == 360
        for widget in panel.findChildren(QAbstractButton) + panel.findChildren(QLabel):
            if widget.isVisible():
                right = widget.mapTo(panel, QPoint(widget.width(), 0)).x()
                assert right <= 360, widget
                wraps = isinstance(widget, QLabel) and widget.wordWrap()
                needed = widget.minimumSizeHint().width() if not wraps else 0
                assert needed <= widget.width() + 1, (widget, getattr(widget, "text", str)())
    finally:
        QApplication.setFont(font)
        panel.stage.threads.close()


def luminance(color: QColor) -> float:
    parts = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in color.getRgbF()[:3])
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("window", ["#202124", "#f3f3f3"])
def test_words_and_waves_stand_out_in_both_themes(window):
    palette = QPalette(QColor(window))
    drawn = colors.colors_of(palette)
    assert colors.is_dark(palette) == (window == "#202124")
    for color in (drawn.wave, drawn.voice, drawn.cue, drawn.playhead, drawn.loop, drawn.warning):
        assert contrast(color, drawn.ground) >= 4.5, color.name()
    assert contrast(drawn.idle, drawn.ground) >= 3


def test_voices_and_cues_are_drawn_where_they_are(shown, made, panel):
    shown("narrated")
    track = panel.stage.versions.tracks[0]
    picture = QImage(track.size(), QImage.Format.Format_ARGB32)
    track.render(picture)
    voice = colors.colors_of(track.palette()).voice
    first = made["narrated"].verdict.voiced[0]
    inside = (first.start_s + first.end_s) / 2 / 5.005 * track.width()
    assert any(picture.pixelColor(round(inside) + step, 4) == voice for step in range(3))
    assert not any(picture.pixelColor(3 + step, 4) == voice for step in range(20))


def test_showing_takes_holds_up_nobody(made, panel, qtbot):
    """Thirty takes one after another, as with N held down: none costs the window more than a twentieth of a second."""
    longest = 0.0
    for turn in range(30):
        begin = time.thread_time()
        panel.show_take(made[("narrated", "25", "silent")[turn % 3]], made.folder, None)
        longest = max(longest, time.thread_time() - begin)
        QApplication.processEvents()
    assert longest < 0.05
    until(qtbot, lambda: panel.stage.picture.image is not None)


def test_a_panel_goes_away_in_the_middle_of_it_all(qtbot, made, tape):
    """Its threads end with it, whatever they were at."""
    before = threading.active_count()
    for name in ("narrated", "25", "60"):
        panel = ReviewPanel(open_sink=lambda: (tape, Trouble.none))
        panel.show()
        panel.show_take(made[name], made.folder, None)
        panel.player.play(1)
        wait(qtbot, 0.05)
        line = panel.player.line
        panel.deleteLater()
        del panel
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        until(qtbot, lambda: threading.active_count() <= before)
        assert line is not None and line.is_over


def test_a_take_that_was_seen_is_forgotten_at_once(shown, made, qtbot):
    """Its pictures take a hundred megabytes: they do not wait for Python to look for circles."""
    panel = shown("narrated")
    session = panel.stage.threads.session
    assert session
    seen = [weakref.ref(session), weakref.ref(session.screening)]
    del session
    gc.disable()
    try:
        panel.show_take(made["25"], made.folder, None)
        until(qtbot, lambda: all(each() is None for each in seen))
    finally:
        gc.enable()


def test_play_pressed_before_the_sound_was_opened_plays(panel, made, tape, qtbot):
    panel.show_take(made["narrated"], made.folder, None)
    panel.player.play(1)
    until(qtbot, lambda: bool(tape.samples.any()))
    assert panel.player.rate == 1


def test_a_call_that_comes_back_lets_the_take_play_on(shown, made, qtbot):
    panel = shown("narrated")
    panel.player.play(1)
    panel.note.line.setFocus()
    qtbot.keyClicks(panel.note.line, "being writ")
    panel.show_take(made["narrated"], made.folder, None, note="older", call=Call.agreed)
    assert panel.player.rate == 1 and panel.calls.said.text() == "You agreed."
    assert panel.note.line.text() == "being writ"


def test_nothing_is_heard_of_a_panel_that_is_hidden(shown):
    panel = shown("narrated")
    panel.player.play(1)
    panel.hide()
    assert panel.player.rate == 0


def test_clear_shows_no_take(shown, qtbot):
    panel = shown("narrated")
    panel.player.play(1)
    panel.clear()
    wait(qtbot, 0.1)
    assert panel.take is None and panel.player.rate == 0
    assert panel.nothing.isVisible() and not panel.placing.isVisible()
    qtbot.keyClick(panel, Qt.Key.Key_Space)
    assert panel.player.rate == 0


def told_in(path: Path) -> set[str]:
    """Every sentence that a module hands to tr or count."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Call) and (name := getattr(node.func, "id", getattr(node.func, "attr", ""))) in (
            "tr",
            "count",
        ):
            strings = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            found |= set(strings if name == "count" else strings[:1])
    return found


def test_german_is_whole():
    told = set().union(*(told_in(path) for path in here.glob("*.py")))
    assert told - set(german) == set()
    for english, other in german.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", other)), english
        assert "!" not in english + other
