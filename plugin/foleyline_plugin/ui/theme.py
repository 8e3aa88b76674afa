"""Dark and light: two palettes over one style, the system's choice unless the editor made one."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication

Role = QPalette.ColorRole

dark = {
    Role.Window: "#25282d",
    Role.WindowText: "#e8eaed",
    Role.Base: "#1b1d21",
    Role.AlternateBase: "#212429",
    Role.Text: "#e8eaed",
    Role.PlaceholderText: "#9aa3ad",
    Role.Button: "#363a41",
    Role.ButtonText: "#eef0f2",
    Role.BrightText: "#ffffff",
    Role.Highlight: "#2f6fb5",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#8ec1ff",
    Role.ToolTipBase: "#3a3f47",
    Role.ToolTipText: "#f2f4f6",
    Role.Light: "#4a4f58",
    Role.Midlight: "#40454d",
    Role.Mid: "#2b2e34",
    Role.Dark: "#17191c",
    Role.Shadow: "#0d0e10",
}
light = {
    Role.Window: "#f1f2f4",
    Role.WindowText: "#1b1e22",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f6f7f9",
    Role.Text: "#1b1e22",
    Role.PlaceholderText: "#5d6670",
    Role.Button: "#e6e8eb",
    Role.ButtonText: "#1b1e22",
    Role.BrightText: "#000000",
    Role.Highlight: "#1f66b0",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#0b57a4",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#1b1e22",
    Role.Light: "#ffffff",
    Role.Midlight: "#f3f4f6",
    Role.Mid: "#c3c7cc",
    Role.Dark: "#9aa0a7",
    Role.Shadow: "#6d737a",
}
faint = {True: "#7d858e", False: "#7c848c"}

# Each at least 4.5:1 on Base and Window of its theme.
marks = {
    True: {"good": "#7fd48a", "busy": "#8ec1ff", "warn": "#ffbe5c", "bad": "#ff8f85", "quiet": "#aab3bd"},
    False: {"good": "#1d6e2c", "busy": "#0b57a4", "warn": "#8a4b00", "bad": "#b3261e", "quiet": "#555e68"},
}


def apply(application: QApplication, choice: str) -> None:
    """choice: dark, light, or empty for the system's."""
    application.setStyle("Fusion")
    application.setPalette(palette(choice == "dark" or (not choice and _system_is_dark())))


def palette(is_dark: bool) -> QPalette:
    made = QPalette()
    for role, color in (dark if is_dark else light).items():
        made.setColor(role, QColor(color))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(faint[is_dark]))
    made.setColor(QPalette.ColorGroup.Disabled, Role.Highlight, QColor("#6b7075"))
    return made


def is_dark(palette: QPalette) -> bool:
    return palette.color(Role.Window).lightness() < 128


def mark_color(palette: QPalette, kind: str) -> QColor:
    """kind: good, busy, warn, bad or quiet."""
    return QColor(marks[is_dark(palette)][kind])


def _system_is_dark() -> bool:
    hints = QGuiApplication.styleHints()
    return hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
