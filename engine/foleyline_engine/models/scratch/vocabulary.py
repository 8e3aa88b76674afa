"""The words that a direction may use: plain words, and the category names and identifiers of the Universal Category
System, with the families and materials that they stand for."""

from __future__ import annotations

Sense = tuple[tuple[str, str], ...]
"""Families, each with a variant or an empty string."""


def listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


def senses(table: dict[str, str]) -> dict[str, Sense]:
    """ "family:variant family" to "word word word", turned round."""
    found: dict[str, Sense] = {}
    for meaning, words in table.items():
        sense = tuple((part.partition(":")[0], part.partition(":")[2]) for part in meaning.split())
        found.update(dict.fromkeys(words.split(), sense))
    return found


family_words = senses(
    {
        "footsteps": "footstep footfall step walk run jog tread stomp march stride pace tiptoe "
        "shoe boot heel feet foot "
        "sneaker stair trot shuffle",
        "impacts": "impact hit knock bang crash smash clash strike drop collide collision bump slam blow beat break "
        "racket racquet bat "
        "shatter bounce tap pound contact crack chop destruction",
        "impacts:metal": "clang clank clink ding anvil hammer gong bell",
        "impacts:thud": "thud thump punch kick fall bodyfall slap flesh body flop",
        "impacts:ceramic": "dish cup plate mug pottery",
        "impacts:glass": "bottle",
        "impacts:thud whoosh cloth": "fight",
        "door": "door gate hatch latch lock creak hinge",
        "door:wood": "drawer cupboard cabinet",
        "handling": "handle handling prop object grab touch pick tool mechanical pat fumble click",
        "handling:keys": "key keyring jingle jangle coin chain buckle",
        "handling:paper": "paper page book newspaper cardboard",
        "handling:plastic": "bag wrapper crinkle",
        "footsteps cloth handling": "foley",
        "cloth": "cloth clothe clothing clothes fabric garment shirt dress sleeve rustle movement gown coat trousers "
        "blanket towel textile",
        "cloth:leather": "leather",
        "cloth:nylon": "jacket nylon raincoat anorak parka windbreaker",
        "whoosh": "whoosh swoosh swish woosh swing throw sweep flyby passby swipe whip",
        "splash": "splash plop dive swim",
        "stream": "stream river creek brook flow waterfall fountain tapwater pour trickle bubble gurgle drip",
        "stream:sea": "sea ocean wave surf shore beach",
        "splash stream": "water liquid",
        "rain": "rain rainfall drizzle downpour rainy raindrop",
        "rain wind": "storm weather stormy",
        "wind": "wind windy breeze breezy gust gale draft draught howl",
        "fire": "fire flame campfire fireplace bonfire burn crackle blaze torch ember",
        "engine": "engine motor car vehicle drive rev traffic boat aircraft",
        "engine:truck": "truck lorry bus tractor train diesel",
        "engine:bike": "motorbike motorcycle moped scooter",
        "hum": "hum buzz drone ventilation fan fridge refrigerator transformer conditioner "
        "machine electricity machinery "
        "appliance",
        "ambience": "ambience ambient atmosphere atmos background bed",
        "ambience:room": "room indoor indoors interior roomtone office house kitchen hall",
        "ambience:outdoors": "outdoor outdoors outside exterior forest nature park field garden countryside meadow "
        "vegetation",
    }
)

# A material colors the family it stands with; on its own it means the first family that is named here.
material_words = senses(
    {
        "footsteps:gravel": "gravel pebble shingle scree",
        "footsteps:sand": "sand dirt soil earth dust sandy clay",
        "footsteps:snow": "snow snowy ice",
        "footsteps:grass": "grass grassy lawn straw hay",
        "footsteps:leaves": "leaves foliage",
        "footsteps:mud": "mud muddy puddle swamp",
        "footsteps:carpet": "carpet rug",
        "footsteps:stone": "concrete tile marble pavement asphalt sidewalk cobblestone tarmac street",
        "impacts:wood": "wood wooden timber plank parquet log branch bamboo",
        "impacts:metal": "metal metallic steel iron tin brass copper aluminum aluminium",
        "impacts:glass": "glass crystal",
        "impacts:stone": "stone rock rocky brick boulder",
        "impacts:ceramic": "ceramic ceramics porcelain china",
        "impacts:plastic": "plastic rubber",
        "cloth:cotton": "cotton wool denim linen jeans",
        "cloth:silk": "silk satin",
    }
)

accepted = {
    "footsteps": listed("gravel sand snow grass leaves mud carpet stone wood metal"),
    "impacts": listed("wood metal glass stone ceramic plastic thud"),
    "door": listed("wood metal glass"),
    "handling": listed("keys paper plastic metal wood glass ceramic"),
    "cloth": listed("cotton leather nylon silk"),
}
"""Which variants a family has; a material goes to the nearest family that accepts it."""

# (weight, size, hardness) that a word multiplies into the family it stands with.
manners = {
    word: factors
    for words, factors in (
        ("loud strong intense forceful powerful violent", (1.6, 1.0, 1.15)),
        ("heavy", (1.35, 1.7, 1.0)),
        ("light lightly", (0.6, 0.7, 0.8)),
        ("soft softly gentle gently muffled delicate careful", (0.6, 1.0, 0.55)),
        (
            "quiet quietly faint faintly subtle low-level distant far barely slight slightly restrained",
            (0.45, 1.0, 0.85),
        ),
        ("hard sharp harsh crisp bright", (1.1, 1.0, 1.5)),
        ("big large huge deep low massive giant", (1.15, 1.8, 0.9)),
        ("small tiny little high thin", (0.8, 0.5, 1.1)),
        ("mostly mainly primarily especially predominantly prominent", (1.4, 1.0, 1.0)),
    )
    for word in words.split()
}
leading = listed("mostly mainly primarily especially predominantly")
"""What these stand with leads; everything else steps back."""

negators = listed(
    "no not without minus except excluding exclude remove omit avoid never nor neither don't doesn't none lacking skip"
)
carrying_on = listed("or nor")
after_not = listed("too so very only just overly")
"""After "not" these make a measure of it, not a refusal."""

breaks = listed("and then with while plus as but before after during")

absent = listed(
    "voice speech talk dialogue dialog vocal vocals sing singing song music melody musical "
    "narration narrator speak voiceover "
    "choir crowd shout scream laugh whisper instrument human chatter conversation word lyric walla"
)
"""What this generator never makes: understood where it is to be left out, and nothing to do."""

plain = listed(
    "a an the of on in into onto at to from by for over under across through along around near off out up down this "
    "that these those its it his her their my your our some any all each every other more less "
    "much many few lots lot "
    "be is are was were been being has have had do does did there here who which what when "
    "where very really quite just "
    "only too so also again still s t re ve ll sound sfx effect noise noisy audio please add make made use "
    "give hear heard want like natural realistic clean dry close closeup subtlety style type kind sort set bit "
    "man woman person people boy girl child kid guy lady someone somebody he she they we him them men women actor "
    "slow slowly fast quick quickly steady old new two one three several single double tone "
    "general misc texture surface "
    "dog cat animal hand scene shot clip video film movie camera take picture video move moving go going come comes "
    "turn place put lay "
    "air open close shut past floor ground wet dry day night while between against "
    "i me us if can could should would will may might than how why own same such both yes ok"
)
"""Words that carry no sound of their own and need no remark."""

# Their look is that of an inflected word, their meaning is not.
not_inflected = listed("winding firing fired running-time rover river bedding steeping news dressing trained training")

category_prefixes = senses(
    {
        "footsteps": "FEET",
        "impacts": "DEST",
        "impacts:wood": "WOOD",
        "impacts:metal": "METL",
        "impacts:glass": "GLAS",
        "impacts:stone": "ROCK",
        "impacts:ceramic": "CERM",
        "impacts:plastic": "PLAS RUBR",
        "impacts:thud whoosh cloth": "FGHT",
        "door": "DOOR",
        "door:wood": "DRWR",
        "handling": "OBJ TOOL MECH",
        "handling:keys": "CHAN",
        "handling:paper": "PAPR",
        "footsteps cloth handling": "FOLY",
        "cloth": "CLOTH MVMT",
        "cloth:leather": "LETR",
        "whoosh": "WHSH SWSH SWOOSH",
        "stream": "WATR LIQD",
        "rain": "RAIN",
        "wind": "WIND",
        "rain wind": "WTHR",
        "fire": "FIRE",
        "engine": "VEH MOTR BOAT AERO TRN",
        "hum": "MACH ELEC",
        "ambience": "AMB",
        "footsteps:snow": "SNOW ICE",
        "footsteps:sand": "DIRT",
        "ambience:outdoors": "VEGE",
    }
)
category_ids = senses(
    {
        "footsteps": "FOLYFeet",
        "cloth": "FOLYClth",
        "handling": "FOLYHand FOLYProp",
        "splash": "WATRSplsh WATRImpt WATRMvmt",
        "stream:sea": "WATRWave WATRSurf",
        "footsteps:mud": "LIQDMud",
        "footsteps:wood": "FEETWood",
        "door:metal": "DOORMetl",
        "door:wood": "DOORWood",
        "door:glass": "DOORGlas",
        "ambience:room": "AMBRoom AMBHome AMBOffc",
        "ambience:outdoors": "AMBForst AMBPark AMBRurl AMBGras",
    }
)
