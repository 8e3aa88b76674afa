"""Codes to sentences: what happened, what it means for the work, what to do. Nothing here knows Qt."""

from __future__ import annotations

from collections import defaultdict

from foleyline.errors import FoleyError

sentences = {
    "E-INPUT": "“{name}” is not there. Nothing was done with it. Check the path.",
    "E-OTIO": "“{name}” could not be read as a timeline: {reason}. Nothing was done with it. Export it again.",
    "E-SCHEMA": "“{name}” uses {schema}, which is newer than this version reads. Export it as FCP 7 XML instead.",
    "E-RATE": "“{name}” counts at {rate} frames per second, which is no rate. It was left out. "
    "Set its rate and export again.",
    "E-FORMAT": "“{name}” is not a movie that can be read: {reason}. It was left out. Relink or convert it.",
    "E-MEDIA": "“{name}” is offline. It was left out, the other clips run. Relink it.",
    "E-NOSOUND": "“{name}” has no sound of its own. It was left out. Use the picture as the source.",
    "E-NOPICTURE": "“{name}” has no picture. It was left out. “foleyline stems” works on its sound.",
    "E-EMPTY": "“{name}” has no length. It was left out.",
    "E-LONG": "“{name}” is {minutes} minutes long, and a take may have {limit}. It was left out. Cut it into shots.",
    "E-LIMIT": "“{name}” is larger than can be decoded safely: {reason}. It was left out. Make a proxy of it.",
    "E-RANGE": "“{name}” uses frames that its media does not have. It was left out. Relink it to the full media.",
    "E-TIME": "“{name}” has a time in the timeline that cannot be right. It was left out. Export the timeline again.",
    "E-LENGTH": "The timeline does not say how long “{name}”, or a clip before it, is. It was left out. "
    "Relink the media or export as OTIO.",
    "E-MOVED": "“{name}” was made for another timeline start or frame rate. It was not placed. "
    "Generate it again from the current timeline.",
    "E-SPEED": "“{name}” has a speed change that cannot be followed. It was left out. Render it first.",
    "E-GENERATOR": "“{name}” is made by the editing program and has no file. It was left out. Render it first.",
    "E-DISK": "There is not enough space in {folder}. What was finished is kept. Free some space and run it again.",
    "E-OUT": "Nothing can be written to {folder}: {reason}. Choose another folder.",
    "E-LANE": "The lane {lane} could not be filled: {reason}. The takes are in the audio folder.",
    "E-MODEL": "There is no {role} called “{name}”. Known here: {known}.",
    "E-VRAM": "{name} needs {need} of memory and {free} is free. Close other programs, use low-memory mode or take "
    "{smaller}.",
    "E-MISSING": "{name} cannot run: {reason}. Run “foleyline doctor” to see what to install.",
    "E-REQUEST": "The job cannot be run: {reason}.",
    "E-ENGINE": "The engine could not be started: {reason}. Nothing is lost. Run “foleyline doctor”.",
    "E-LOST": "The engine stopped while “{name}” was worked on, {tries} times in a row. Finished takes are kept. "
    "Run it again, or leave the clip out.",
    "E-STUCK": "An engine from an earlier run is stuck (process {pid}). Stop it with “foleyline doctor --stop-engine”.",
    "E-RUNTIME": "The folder {folder} belongs to another user, so no engine is started from it. "
    "Set FOLEYLINE_RUNTIME to a folder of your own.",
    "E-JOURNAL": "The journal in {folder} could not be read: {reason}. Move it away or choose another folder.",
    "E-SOUND": "The sound holds values that are not numbers, first at sample {sample}. The clip was left out. "
    "Export its sound again, or choose another generator.",
    "E-INSTALL": "{file}, which belongs to {part}, is missing. Voices or people cannot be looked for. "
    "Install {part} again.",
    "E-CHECKPOINT": "The separator in {folder} cannot be used: {reason}. No voice was removed. "
    "Put one YAML file and its weights of the same name there.",
    "E-JUDGE": "The judge in {folder} cannot be used: {reason}. Nothing was judged. "
    "Choose another judge or put it right.",
    "E-WEIGHTS": "The weights of {name} are not here ({size}, {licence}). Nothing was made with it. "
    "Get them with “{command}”.",
    "E-TENSORS": "The weights cannot be used: {reason}. Nothing was loaded. "
    "Run “foleyline models verify” to see whether they are whole.",
    "E-LICENCE": "A licence was not accepted: {licence}. Nothing of {name} was downloaded. "
    "If you accept it, add “--accept-licence {ids}”.",
    "E-NET": "The download of “{name}” stopped at {share} ({reason}). Nothing is lost. "
    "Run the same command again to go on from there.",
    "E-HASH": "“{name}” is not what was published: {reason}. It is not used. "
    "Run “foleyline models repair” to download it again.",
    "E-GATE": "“{name}” is only given to people its authors know ({reason}). Nothing of it was downloaded. "
    "Accept its terms on the hub, put your token into HF_TOKEN, and run it again.",
    "E-GONE": "“{name}” is not where it was published ({reason}). Nothing of it was downloaded. "
    "If you have it elsewhere: “foleyline models import PATH”.",
    "E-OFFLINE": "“{name}” is not on this machine, and offline mode is on. Nothing was downloaded. "
    "Turn HF_HUB_OFFLINE off, or bring it with “foleyline models import PATH”.",
    "E-ASK": "{what}: the question was not answered with yes. Add “--yes” where nobody can be asked.",
    "E-FOLDER": "The engine that runs keeps its models in {folder} and not in {told}. Nothing was done. "
    "Run “foleyline doctor --stop-engine”, then this again.",
    "E-CATALOGUE": "The catalogue {name} cannot be read: {reason}. No model was looked for. "
    "Unset FOLEYLINE_CATALOGUE to use the one that comes with Foleyline.",
    "E-HOST": "{name} does not answer: {reason}. Nothing is lost. "
    "Open the panel from it again, or go on from the file.",
    "E-NOTIMELINE": "No timeline is open in {name}. Open one and reload.",
    "E-STALE": "Something changed in {name}: the {what} is {found}, and the panel shows {asked}. "
    "Nothing was placed. Reload.",
    "E-BUSY": "{name} is busy. Nothing was changed. Close its dialog or let its render end, then try again.",
    "E-REFUSED": "{name} did not do it: {reason}. What was finished is kept in the audio folder.",
    "E-HAND": "“{name}” is not on the timeline: {reason}. Drag it from the bin {bin} to the lane {lane} "
    "so that it starts at {at}, and trim it to {record_in} - {record_out}.",
    "E-FAULT": "The engine met a fault of its own ({reason}). The clip was left out, the other clips run. "
    "“foleyline doctor” names the log.",
}


class Facts(defaultdict):
    """Facts of a problem for its sentence; one that is not known stands there by its name."""

    def __missing__(self, key: str) -> str:
        return f"({key})"


def sentence(problem: FoleyError) -> str:
    """The problem in the editor's words, its code in front: `E-MEDIA: …`."""
    text = sentences.get(problem.code, "It could not be done: {reason}.")
    facts = Facts(str, {key: " ".join(value.split()) for key, value in problem.facts.items()})
    return f"{problem.code}: {text.format_map(facts)}"
