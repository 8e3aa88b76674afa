"""The sentences of problems in German, by their codes."""

from __future__ import annotations

german_problems: dict[str, str] = {
    "E-ASK": "{what}: Die Frage wurde nicht mit Ja beantwortet. Wo niemand gefragt werden kann, hilft „--yes“.",
    "E-BUSY": "{name} ist beschäftigt. Nichts wurde geändert. Schließen Sie dort den Dialog oder warten Sie das "
    "Rendern ab, dann noch einmal.",
    "E-CATALOGUE": "Der Katalog {name} ist nicht lesbar: {reason}. Kein Modell wurde gesucht. Ohne "
    "FOLEYLINE_CATALOGUE gilt der mitgelieferte.",
    "E-CHECKPOINT": "Der Separator in {folder} ist nicht verwendbar: {reason}. Keine Stimme wurde entfernt. Dorthin "
    "gehören eine YAML-Datei und die Gewichte gleichen Namens.",
    "E-DISK": "In {folder} ist zu wenig Platz. Was fertig war, bleibt. Schaffen Sie Platz und wiederholen Sie es.",
    "E-EMPTY": "„{name}“ hat keine Länge. Der Clip wurde ausgelassen.",
    "E-ENGINE": "Die Engine ließ sich nicht starten: {reason}. Nichts ist verloren. „foleyline doctor“ sagt mehr.",
    "E-FAULT": "Die Engine hat einen eigenen Fehler ({reason}). Der Clip wurde ausgelassen, die anderen laufen. "
    "„foleyline doctor“ nennt das Protokoll.",
    "E-FOLDER": "Die laufende Engine hat ihre Modelle in {folder} und nicht in {told}. Nichts wurde getan. Erst "
    "„foleyline doctor --stop-engine“, dann noch einmal.",
    "E-FORMAT": "„{name}“ ist kein lesbarer Film: {reason}. Der Clip wurde ausgelassen. Neu verknüpfen oder umwandeln.",
    "E-GATE": "„{name}“ bekommt nur, wen die Autoren kennen ({reason}). Nichts wurde geladen. Nehmen Sie dort die "
    "Bedingungen an und setzen Sie HF_TOKEN.",
    "E-GENERATOR": "„{name}“ erzeugt das Schnittprogramm selbst, eine Datei gibt es nicht. Der Clip wurde "
    "ausgelassen. Rendern Sie ihn zuerst.",
    "E-GONE": "„{name}“ ist nicht mehr, wo es veröffentlicht war ({reason}). Nichts wurde geladen. Liegt es anderswo:"
    " „foleyline models import PFAD“.",
    "E-HAND": "„{name}“ ist nicht auf der Timeline: {reason}. Ziehen Sie ihn aus der Bin {bin} auf die Spur {lane}, "
    "so dass er bei {at} beginnt, und trimmen Sie ihn auf {record_in} - {record_out}.",
    "E-HASH": "„{name}“ ist nicht, was veröffentlicht wurde: {reason}. Es wird nicht benutzt. „foleyline models "
    "repair“ lädt es neu.",
    "E-HOST": "{name} antwortet nicht: {reason}. Nichts ist verloren. Öffnen Sie das Panel von dort neu, oder "
    "arbeiten Sie mit der Datei weiter.",
    "E-INPUT": "„{name}“ ist nicht da. Nichts wurde damit getan. Prüfen Sie den Pfad.",
    "E-INSTALL": "{file}, ein Teil von {part}, fehlt. Stimmen oder Menschen lassen sich nicht suchen. Installieren "
    "Sie {part} neu.",
    "E-JOURNAL": "Das Journal in {folder} ist nicht lesbar: {reason}. Legen Sie es beiseite oder wählen Sie einen "
    "anderen Ordner.",
    "E-JUDGE": "Der Beurteiler in {folder} ist nicht verwendbar: {reason}. Nichts wurde beurteilt. Wählen Sie einen "
    "anderen oder stellen Sie ihn richtig ein.",
    "E-LANE": "Die Spur {lane} ließ sich nicht füllen: {reason}. Die Takes liegen im Ordner audio.",
    "E-LENGTH": "Die Timeline sagt nicht, wie lang „{name}“ oder ein Clip davor ist. Der Clip wurde ausgelassen. "
    "Verknüpfen Sie neu oder exportieren Sie OTIO.",
    "E-LICENCE": "Eine Lizenz wurde nicht angenommen: {licence}. Von {name} wurde nichts geladen. Angenommen wird sie"
    " mit „--accept-licence {ids}“.",
    "E-LIMIT": "„{name}“ ist größer, als sicher dekodiert werden kann: {reason}. Der Clip wurde ausgelassen. Machen "
    "Sie einen Proxy.",
    "E-LONG": "„{name}“ ist {minutes} Minuten lang, ein Take darf {limit} haben. Der Clip wurde ausgelassen. "
    "Schneiden Sie ihn in Einstellungen.",
    "E-LOST": "Die Engine endete bei „{name}“ {tries} Mal hintereinander. Fertige Takes bleiben. Wiederholen Sie es, "
    "oder lassen Sie den Clip aus.",
    "E-MEDIA": "„{name}“ ist offline. Der Clip wurde ausgelassen, die anderen laufen. Verknüpfen Sie ihn neu.",
    "E-MISSING": "{name} kann nicht laufen: {reason}. „foleyline doctor“ sagt, was zu installieren ist.",
    "E-MODEL": "{role} „{name}“ gibt es nicht. Hier bekannt: {known}.",
    "E-MOVED": "„{name}“ wurde für einen anderen Anfang oder eine andere Bildrate gemacht. Er wurde nicht platziert. "
    "Erzeugen Sie ihn aus der jetzigen Timeline neu.",
    "E-NET": "Das Laden von „{name}“ blieb bei {share} stehen ({reason}). Nichts ist verloren. Noch einmal geht von "
    "dort weiter.",
    "E-NOPICTURE": "„{name}“ hat kein Bild. Der Clip wurde ausgelassen. Nehmen Sie den Originalton als Quelle.",
    "E-NOSOUND": "„{name}“ hat keinen eigenen Ton. Der Clip wurde ausgelassen. Nehmen Sie das Bild als Quelle.",
    "E-NOTIMELINE": "In {name} ist keine Timeline offen. Öffnen Sie eine und laden Sie neu.",
    "E-OFFLINE": "„{name}“ ist nicht auf diesem Rechner, und Offline ist eingeschaltet. Nichts wurde geladen. "
    "Schalten Sie HF_HUB_OFFLINE aus, oder „foleyline models import PFAD“.",
    "E-OTIO": "„{name}“ ist als Timeline nicht lesbar: {reason}. Nichts wurde damit getan. Exportieren Sie neu.",
    "E-OUT": "Nach {folder} lässt sich nichts schreiben: {reason}. Wählen Sie einen anderen Ordner.",
    "E-RANGE": "„{name}“ benutzt Bilder, die sein Material nicht hat. Der Clip wurde ausgelassen. Verknüpfen Sie das "
    "ganze Material.",
    "E-RATE": "„{name}“ zählt mit {rate} Bildern je Sekunde, das ist keine Rate. Der Clip wurde ausgelassen. Setzen "
    "Sie die Rate und exportieren Sie neu.",
    "E-REFUSED": "{name} hat es nicht getan: {reason}. Was fertig war, bleibt im Ordner audio.",
    "E-REQUEST": "Der Auftrag kann nicht laufen: {reason}.",
    "E-RUNTIME": "Der Ordner {folder} gehört einem anderen Benutzer, von dort wird keine Engine gestartet. Setzen Sie"
    " FOLEYLINE_RUNTIME auf einen eigenen Ordner.",
    "E-SCHEMA": "„{name}“ benutzt {schema}, das neuer ist, als diese Version liest. Exportieren Sie FCP 7 XML.",
    "E-SOUND": "Der Ton enthält Werte, die keine Zahlen sind, zuerst bei Sample {sample}. Der Clip wurde ausgelassen."
    " Exportieren Sie den Ton neu, oder wählen Sie einen anderen Generator.",
    "E-SPEED": "„{name}“ hat eine Tempoänderung, der nicht zu folgen ist. Der Clip wurde ausgelassen. Rendern Sie ihn"
    " zuerst.",
    "E-STALE": "In {name} hat sich etwas geändert: {what} ist {found}, das Panel zeigt {asked}. Nichts wurde "
    "platziert. Laden Sie neu.",
    "E-STUCK": "Eine Engine von früher hängt (Prozess {pid}). „foleyline doctor --stop-engine“ beendet sie.",
    "E-TENSORS": "Die Gewichte sind nicht verwendbar: {reason}. Nichts wurde geladen. „foleyline models verify“ sagt,"
    " ob sie ganz sind.",
    "E-TIME": "„{name}“ hat in der Timeline eine Zeit, die nicht stimmen kann. Der Clip wurde ausgelassen. "
    "Exportieren Sie neu.",
    "E-VRAM": "{name} braucht {need} Speicher, {free} sind frei. Schließen Sie andere Programme, sparen Sie Speicher "
    "oder nehmen Sie {smaller}.",
    "E-WEIGHTS": "Die Gewichte von {name} sind nicht hier ({size}, {licence}). Nichts wurde damit gemacht. Laden Sie "
    "sie unter Modelle.",
}
