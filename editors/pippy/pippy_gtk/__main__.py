"""A small window with a helper: `python3 -m pippy_gtk [FILE]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
for version in ("4", "3.0"):  # both are of GTK 3
    try:
        gi.require_version("GtkSource", version)
    except ValueError:
        continue
    break
from gi.repository import Gtk, GtkSource, Pango

from pippy_gtk import attach

EXAMPLE = 'name = input("What is your name? ")\n\nfor i in range(3):\n    print(name)\n'


def main() -> int:
    """Show the window until it is closed."""
    parser = argparse.ArgumentParser(prog="pippy_gtk", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a Python file; it is only read")
    file = parser.parse_args().file
    try:
        text = file.read_text("utf-8") if file else EXAMPLE
    except (OSError, UnicodeDecodeError) as error:
        print("The file can't be read: %s" % error, file=sys.stderr)
        return 2
    window = Gtk.Window(title="pippy-lsp")
    window.set_default_size(760, 520)
    buffer = GtkSource.Buffer(
        language=GtkSource.LanguageManager.get_default().get_language("python3")
    )
    buffer.set_text(text)
    view = GtkSource.View(
        buffer=buffer,
        show_line_numbers=True,
        auto_indent=True,
        tab_width=4,
        insert_spaces_instead_of_tabs=True,
        left_margin=4,
    )
    view.override_font(Pango.FontDescription("Monospace 13"))
    scrolled = Gtk.ScrolledWindow()
    scrolled.add(view)
    window.add(scrolled)
    window.connect("destroy", Gtk.main_quit)
    attach(view, file.stem if file else "example")
    window.show_all()
    view.grab_focus()
    Gtk.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
