"""What the menu entry does: finds Resolve, starts the panel, answers it until one of the two ends."""

import json
import os
from typing import Any, Dict, List

from .child import Child
from .problems import Gone
from .seat import Seat, acquire
from .service import Service, look_s
from .single import Single

usual_command = ["foleyline", "panel", "--bridge"]


def run(known: Dict[str, Any], folder: str) -> None:
    """known: the names that Resolve gives a menu script. folder: where foleyline.json lies.

    What cannot be done is printed, which Resolve shows in Workspace > Console.
    """
    resolve = acquire(known)
    if resolve is None:
        print("Foleyline: Resolve does not let this script in. Start it from Workspace > Scripts.")
        return
    single = Single(folder)
    if not single.is_first():
        single.ask()
        return
    try:
        attend(resolve, command_of(folder), single)
    finally:
        single.release()


def attend(resolve: Any, command: List[str], single: Single) -> None:
    """Starts the panel and answers it."""
    try:
        child = Child(command)
    except OSError as error:
        print("Foleyline: the panel (%s) could not be started: %s." % (command[0], error.strerror or error))
        print("Foleyline: install it again: foleyline install resolve")
        return
    serve(Service(Seat(resolve), child.send, child.check), child, single)
    if child.close():
        for line in child.last_words:
            print("Foleyline: " + line)


def serve(service: Service, child: Child, single: Single) -> None:
    """Until the panel has closed or Resolve is gone."""
    try:
        while True:
            line = child.next(look_s)
            if line is not None:
                if not service.take(line):
                    return
            elif not service.look():
                service.notify("bye", {})
                return
            if single.is_asked():
                service.notify("ask", {"what": "panel"})
    except Gone:
        return


def command_of(folder: str) -> List[str]:
    """The words of the command that starts the panel, as the installer wrote them."""
    try:
        with open(os.path.join(folder, "foleyline.json"), encoding="utf-8") as file:
            command = json.load(file).get("command")
    except (AttributeError, OSError, ValueError):
        return usual_command
    is_usable = isinstance(command, list) and command and all(isinstance(word, str) for word in command)
    return command if is_usable else usual_command
