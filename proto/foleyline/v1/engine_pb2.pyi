from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    picture: _ClassVar[Source]
    production: _ClassVar[Source]

class Run(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    s4: _ClassVar[Run]
    s3: _ClassVar[Run]
    direct: _ClassVar[Run]
    direct_neg: _ClassVar[Run]
    stems: _ClassVar[Run]

class Fallback(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    neg: _ClassVar[Fallback]
    rep: _ClassVar[Fallback]
    rm: _ClassVar[Fallback]

class JudgeMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    cot: _ClassVar[JudgeMode]
    qa: _ClassVar[JudgeMode]

class Planning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    plan_checked: _ClassVar[Planning]
    plan_asked: _ClassVar[Planning]
    plan_fixed: _ClassVar[Planning]

class Voices(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    voices_judged: _ClassVar[Voices]
    voices_kept: _ClassVar[Voices]
    voices_removed_anyway: _ClassVar[Voices]

class Step(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    waiting: _ClassVar[Step]
    preparing: _ClassVar[Step]
    planning: _ClassVar[Step]
    generating: _ClassVar[Step]
    judging: _ClassVar[Step]
    removing: _ClassVar[Step]
    checking: _ClassVar[Step]
    regenerating: _ClassVar[Step]
    writing: _ClassVar[Step]

class Option(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    undecided: _ClassVar[Option]
    yes: _ClassVar[Option]
    no1: _ClassVar[Option]
    no2: _ClassVar[Option]
    no3: _ClassVar[Option]
    not_asked: _ClassVar[Option]
    no: _ClassVar[Option]

class PlanOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    fixed_plan: _ClassVar[PlanOrigin]
    agreed_plan: _ClassVar[PlanOrigin]
    written_plan: _ClassVar[PlanOrigin]
    repaired_plan: _ClassVar[PlanOrigin]
    replaced_plan: _ClassVar[PlanOrigin]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    as_generated: _ClassVar[Outcome]
    voices_removed: _ClassVar[Outcome]
    silent_on_purpose: _ClassVar[Outcome]
    original_kept: _ClassVar[Outcome]
    regenerated: _ClassVar[Outcome]
    to_decide: _ClassVar[Outcome]
    kept_by_editor: _ClassVar[Outcome]
picture: Source
production: Source
s4: Run
s3: Run
direct: Run
direct_neg: Run
stems: Run
neg: Fallback
rep: Fallback
rm: Fallback
cot: JudgeMode
qa: JudgeMode
plan_checked: Planning
plan_asked: Planning
plan_fixed: Planning
voices_judged: Voices
voices_kept: Voices
voices_removed_anyway: Voices
waiting: Step
preparing: Step
planning: Step
generating: Step
judging: Step
removing: Step
checking: Step
regenerating: Step
writing: Step
undecided: Option
yes: Option
no1: Option
no2: Option
no3: Option
not_asked: Option
no: Option
fixed_plan: PlanOrigin
agreed_plan: PlanOrigin
written_plan: PlanOrigin
repaired_plan: PlanOrigin
replaced_plan: PlanOrigin
as_generated: Outcome
voices_removed: Outcome
silent_on_purpose: Outcome
original_kept: Outcome
regenerated: Outcome
to_decide: Outcome
kept_by_editor: Outcome

class RationalTime(_message.Message):
    __slots__ = ("value", "rate_num", "rate_den")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    RATE_NUM_FIELD_NUMBER: _ClassVar[int]
    RATE_DEN_FIELD_NUMBER: _ClassVar[int]
    value: int
    rate_num: int
    rate_den: int
    def __init__(self, value: _Optional[int] = ..., rate_num: _Optional[int] = ..., rate_den: _Optional[int] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ("start", "duration")
    START_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    start: RationalTime
    duration: RationalTime
    def __init__(self, start: _Optional[_Union[RationalTime, _Mapping]] = ..., duration: _Optional[_Union[RationalTime, _Mapping]] = ...) -> None: ...

class Media(_message.Message):
    __slots__ = ("path", "sequence", "available_start")
    PATH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_START_FIELD_NUMBER: _ClassVar[int]
    path: str
    sequence: ImageSequence
    available_start: RationalTime
    def __init__(self, path: _Optional[str] = ..., sequence: _Optional[_Union[ImageSequence, _Mapping]] = ..., available_start: _Optional[_Union[RationalTime, _Mapping]] = ...) -> None: ...

class ImageSequence(_message.Message):
    __slots__ = ("prefix", "suffix", "padding", "first_number", "step", "count", "rate_num", "rate_den")
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    SUFFIX_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    FIRST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    RATE_NUM_FIELD_NUMBER: _ClassVar[int]
    RATE_DEN_FIELD_NUMBER: _ClassVar[int]
    prefix: str
    suffix: str
    padding: int
    first_number: int
    step: int
    count: int
    rate_num: int
    rate_den: int
    def __init__(self, prefix: _Optional[str] = ..., suffix: _Optional[str] = ..., padding: _Optional[int] = ..., first_number: _Optional[int] = ..., step: _Optional[int] = ..., count: _Optional[int] = ..., rate_num: _Optional[int] = ..., rate_den: _Optional[int] = ...) -> None: ...

class Clip(_message.Message):
    __slots__ = ("name", "reel", "track", "media", "source_range", "record_range", "time_scalar", "head_handle", "tail_handle", "drop_frame")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REEL_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    MEDIA_FIELD_NUMBER: _ClassVar[int]
    SOURCE_RANGE_FIELD_NUMBER: _ClassVar[int]
    RECORD_RANGE_FIELD_NUMBER: _ClassVar[int]
    TIME_SCALAR_FIELD_NUMBER: _ClassVar[int]
    HEAD_HANDLE_FIELD_NUMBER: _ClassVar[int]
    TAIL_HANDLE_FIELD_NUMBER: _ClassVar[int]
    DROP_FRAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    reel: str
    track: str
    media: Media
    source_range: TimeRange
    record_range: TimeRange
    time_scalar: float
    head_handle: int
    tail_handle: int
    drop_frame: bool
    def __init__(self, name: _Optional[str] = ..., reel: _Optional[str] = ..., track: _Optional[str] = ..., media: _Optional[_Union[Media, _Mapping]] = ..., source_range: _Optional[_Union[TimeRange, _Mapping]] = ..., record_range: _Optional[_Union[TimeRange, _Mapping]] = ..., time_scalar: _Optional[float] = ..., head_handle: _Optional[int] = ..., tail_handle: _Optional[int] = ..., drop_frame: _Optional[bool] = ...) -> None: ...

class GenerateRequest(_message.Message):
    __slots__ = ("clip", "prompt", "negative_prompt", "generator", "judge", "separator", "silence", "run", "fallback", "source", "seed", "take", "out_dir", "created_s", "steps", "guidance", "mmaudio_compat", "only_voiced", "judge_mode", "judge_compat", "planning", "voices")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    GENERATOR_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    SEPARATOR_FIELD_NUMBER: _ClassVar[int]
    SILENCE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TAKE_FIELD_NUMBER: _ClassVar[int]
    OUT_DIR_FIELD_NUMBER: _ClassVar[int]
    CREATED_S_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_FIELD_NUMBER: _ClassVar[int]
    MMAUDIO_COMPAT_FIELD_NUMBER: _ClassVar[int]
    ONLY_VOICED_FIELD_NUMBER: _ClassVar[int]
    JUDGE_MODE_FIELD_NUMBER: _ClassVar[int]
    JUDGE_COMPAT_FIELD_NUMBER: _ClassVar[int]
    PLANNING_FIELD_NUMBER: _ClassVar[int]
    VOICES_FIELD_NUMBER: _ClassVar[int]
    clip: Clip
    prompt: str
    negative_prompt: str
    generator: str
    judge: str
    separator: str
    silence: str
    run: Run
    fallback: Fallback
    source: Source
    seed: int
    take: int
    out_dir: str
    created_s: int
    steps: int
    guidance: float
    mmaudio_compat: bool
    only_voiced: bool
    judge_mode: JudgeMode
    judge_compat: bool
    planning: Planning
    voices: Voices
    def __init__(self, clip: _Optional[_Union[Clip, _Mapping]] = ..., prompt: _Optional[str] = ..., negative_prompt: _Optional[str] = ..., generator: _Optional[str] = ..., judge: _Optional[str] = ..., separator: _Optional[str] = ..., silence: _Optional[str] = ..., run: _Optional[_Union[Run, str]] = ..., fallback: _Optional[_Union[Fallback, str]] = ..., source: _Optional[_Union[Source, str]] = ..., seed: _Optional[int] = ..., take: _Optional[int] = ..., out_dir: _Optional[str] = ..., created_s: _Optional[int] = ..., steps: _Optional[int] = ..., guidance: _Optional[float] = ..., mmaudio_compat: _Optional[bool] = ..., only_voiced: _Optional[bool] = ..., judge_mode: _Optional[_Union[JudgeMode, str]] = ..., judge_compat: _Optional[bool] = ..., planning: _Optional[_Union[Planning, str]] = ..., voices: _Optional[_Union[Voices, str]] = ...) -> None: ...

class GenerateEvent(_message.Message):
    __slots__ = ("progress", "verdict", "take", "written")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    TAKE_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    verdict: Verdict
    take: Take
    written: Written
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., take: _Optional[_Union[Take, _Mapping]] = ..., written: _Optional[_Union[Written, _Mapping]] = ...) -> None: ...

class Written(_message.Message):
    __slots__ = ("step", "text")
    STEP_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    step: Step
    text: str
    def __init__(self, step: _Optional[_Union[Step, str]] = ..., text: _Optional[str] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("step", "fraction")
    STEP_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    step: Step
    fraction: float
    def __init__(self, step: _Optional[_Union[Step, str]] = ..., fraction: _Optional[float] = ...) -> None: ...

class Stretch(_message.Message):
    __slots__ = ("start_s", "end_s")
    START_S_FIELD_NUMBER: _ClassVar[int]
    END_S_FIELD_NUMBER: _ClassVar[int]
    start_s: float
    end_s: float
    def __init__(self, start_s: _Optional[float] = ..., end_s: _Optional[float] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("option", "model", "text", "summary", "caption", "reasoning", "conclusion", "missing", "voiced", "mode", "scores", "warnings")
    class ScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    OPTION_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    CAPTION_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    CONCLUSION_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    VOICED_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    option: Option
    model: str
    text: str
    summary: str
    caption: str
    reasoning: str
    conclusion: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    voiced: _containers.RepeatedCompositeFieldContainer[Stretch]
    mode: JudgeMode
    scores: _containers.ScalarMap[str, float]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, option: _Optional[_Union[Option, str]] = ..., model: _Optional[str] = ..., text: _Optional[str] = ..., summary: _Optional[str] = ..., caption: _Optional[str] = ..., reasoning: _Optional[str] = ..., conclusion: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., voiced: _Optional[_Iterable[_Union[Stretch, _Mapping]]] = ..., mode: _Optional[_Union[JudgeMode, str]] = ..., scores: _Optional[_Mapping[str, float]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class StepNote(_message.Message):
    __slots__ = ("step", "model", "seconds", "text", "numbers", "stretches", "answer")
    class NumbersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    STEP_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    STRETCHES_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    step: Step
    model: str
    seconds: float
    text: str
    numbers: _containers.ScalarMap[str, float]
    stretches: _containers.RepeatedCompositeFieldContainer[Stretch]
    answer: str
    def __init__(self, step: _Optional[_Union[Step, str]] = ..., model: _Optional[str] = ..., seconds: _Optional[float] = ..., text: _Optional[str] = ..., numbers: _Optional[_Mapping[str, float]] = ..., stretches: _Optional[_Iterable[_Union[Stretch, _Mapping]]] = ..., answer: _Optional[str] = ...) -> None: ...

class Cue(_message.Message):
    __slots__ = ("time_s", "strength", "pan", "size", "family")
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    PAN_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    strength: float
    pan: float
    size: float
    family: str
    def __init__(self, time_s: _Optional[float] = ..., strength: _Optional[float] = ..., pan: _Optional[float] = ..., size: _Optional[float] = ..., family: _Optional[str] = ...) -> None: ...

class Loudness(_message.Message):
    __slots__ = ("integrated_lufs", "range_lu", "true_peak_dbtp")
    INTEGRATED_LUFS_FIELD_NUMBER: _ClassVar[int]
    RANGE_LU_FIELD_NUMBER: _ClassVar[int]
    TRUE_PEAK_DBTP_FIELD_NUMBER: _ClassVar[int]
    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    def __init__(self, integrated_lufs: _Optional[float] = ..., range_lu: _Optional[float] = ..., true_peak_dbtp: _Optional[float] = ...) -> None: ...

class SoundFile(_message.Message):
    __slots__ = ("path", "sha256", "samples", "sample_rate", "channels", "time_reference", "loudness")
    PATH_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    TIME_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    path: str
    sha256: str
    samples: int
    sample_rate: int
    channels: int
    time_reference: int
    loudness: Loudness
    def __init__(self, path: _Optional[str] = ..., sha256: _Optional[str] = ..., samples: _Optional[int] = ..., sample_rate: _Optional[int] = ..., channels: _Optional[int] = ..., time_reference: _Optional[int] = ..., loudness: _Optional[_Union[Loudness, _Mapping]] = ...) -> None: ...

class Take(_message.Message):
    __slots__ = ("request", "request_id", "with_voices", "without_voices", "verdict", "outcome", "steps", "cues", "notes", "plan", "media_stamp", "terms", "plan_origin", "dialogue")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WITH_VOICES_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_VOICES_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    MEDIA_STAMP_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    PLAN_ORIGIN_FIELD_NUMBER: _ClassVar[int]
    DIALOGUE_FIELD_NUMBER: _ClassVar[int]
    request: GenerateRequest
    request_id: str
    with_voices: SoundFile
    without_voices: SoundFile
    verdict: Verdict
    outcome: Outcome
    steps: _containers.RepeatedCompositeFieldContainer[StepNote]
    cues: _containers.RepeatedCompositeFieldContainer[Cue]
    notes: _containers.RepeatedScalarFieldContainer[str]
    plan: str
    media_stamp: str
    terms: _containers.RepeatedScalarFieldContainer[str]
    plan_origin: PlanOrigin
    dialogue: SoundFile
    def __init__(self, request: _Optional[_Union[GenerateRequest, _Mapping]] = ..., request_id: _Optional[str] = ..., with_voices: _Optional[_Union[SoundFile, _Mapping]] = ..., without_voices: _Optional[_Union[SoundFile, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., steps: _Optional[_Iterable[_Union[StepNote, _Mapping]]] = ..., cues: _Optional[_Iterable[_Union[Cue, _Mapping]]] = ..., notes: _Optional[_Iterable[str]] = ..., plan: _Optional[str] = ..., media_stamp: _Optional[str] = ..., terms: _Optional[_Iterable[str]] = ..., plan_origin: _Optional[_Union[PlanOrigin, str]] = ..., dialogue: _Optional[_Union[SoundFile, _Mapping]] = ...) -> None: ...

class HelloRequest(_message.Message):
    __slots__ = ("client_version",)
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    client_version: str
    def __init__(self, client_version: _Optional[str] = ...) -> None: ...

class HelloReply(_message.Message):
    __slots__ = ("version", "python", "pid", "device", "generators", "judges", "separators", "silences", "clips_in_flight", "missing")
    class MissingEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PYTHON_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    GENERATORS_FIELD_NUMBER: _ClassVar[int]
    JUDGES_FIELD_NUMBER: _ClassVar[int]
    SEPARATORS_FIELD_NUMBER: _ClassVar[int]
    SILENCES_FIELD_NUMBER: _ClassVar[int]
    CLIPS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    version: str
    python: str
    pid: int
    device: str
    generators: _containers.RepeatedScalarFieldContainer[str]
    judges: _containers.RepeatedScalarFieldContainer[str]
    separators: _containers.RepeatedScalarFieldContainer[str]
    silences: _containers.RepeatedScalarFieldContainer[str]
    clips_in_flight: int
    missing: _containers.ScalarMap[str, str]
    def __init__(self, version: _Optional[str] = ..., python: _Optional[str] = ..., pid: _Optional[int] = ..., device: _Optional[str] = ..., generators: _Optional[_Iterable[str]] = ..., judges: _Optional[_Iterable[str]] = ..., separators: _Optional[_Iterable[str]] = ..., silences: _Optional[_Iterable[str]] = ..., clips_in_flight: _Optional[int] = ..., missing: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ProbeRequest(_message.Message):
    __slots__ = ("media",)
    MEDIA_FIELD_NUMBER: _ClassVar[int]
    media: Media
    def __init__(self, media: _Optional[_Union[Media, _Mapping]] = ...) -> None: ...

class ProbeReply(_message.Message):
    __slots__ = ("duration", "start", "has_picture", "has_sound", "is_still", "is_variable_rate", "drop_frame", "width", "height")
    DURATION_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    HAS_PICTURE_FIELD_NUMBER: _ClassVar[int]
    HAS_SOUND_FIELD_NUMBER: _ClassVar[int]
    IS_STILL_FIELD_NUMBER: _ClassVar[int]
    IS_VARIABLE_RATE_FIELD_NUMBER: _ClassVar[int]
    DROP_FRAME_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    duration: RationalTime
    start: RationalTime
    has_picture: bool
    has_sound: bool
    is_still: bool
    is_variable_rate: bool
    drop_frame: bool
    width: int
    height: int
    def __init__(self, duration: _Optional[_Union[RationalTime, _Mapping]] = ..., start: _Optional[_Union[RationalTime, _Mapping]] = ..., has_picture: _Optional[bool] = ..., has_sound: _Optional[bool] = ..., is_still: _Optional[bool] = ..., is_variable_rate: _Optional[bool] = ..., drop_frame: _Optional[bool] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class ThumbnailRequest(_message.Message):
    __slots__ = ("clip", "width", "height")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    clip: Clip
    width: int
    height: int
    def __init__(self, clip: _Optional[_Union[Clip, _Mapping]] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class ThumbnailReply(_message.Message):
    __slots__ = ("width", "height", "rgb")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    RGB_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    rgb: bytes
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., rgb: _Optional[bytes] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListModelsReply(_message.Message):
    __slots__ = ("folder", "free_bytes", "memory_gb", "models", "licences", "recommendations")
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_GB_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDATIONS_FIELD_NUMBER: _ClassVar[int]
    folder: str
    free_bytes: int
    memory_gb: float
    models: _containers.RepeatedCompositeFieldContainer[PublishedModel]
    licences: _containers.RepeatedCompositeFieldContainer[Licence]
    recommendations: _containers.RepeatedCompositeFieldContainer[Recommendation]
    def __init__(self, folder: _Optional[str] = ..., free_bytes: _Optional[int] = ..., memory_gb: _Optional[float] = ..., models: _Optional[_Iterable[_Union[PublishedModel, _Mapping]]] = ..., licences: _Optional[_Iterable[_Union[Licence, _Mapping]]] = ..., recommendations: _Optional[_Iterable[_Union[Recommendation, _Mapping]]] = ...) -> None: ...

class PublishedModel(_message.Message):
    __slots__ = ("name", "step", "purpose", "files", "memory_gb", "can_run", "note")
    class MemoryGbEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_GB_FIELD_NUMBER: _ClassVar[int]
    CAN_RUN_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    step: str
    purpose: str
    files: _containers.RepeatedCompositeFieldContainer[ModelFile]
    memory_gb: _containers.ScalarMap[str, float]
    can_run: bool
    note: str
    def __init__(self, name: _Optional[str] = ..., step: _Optional[str] = ..., purpose: _Optional[str] = ..., files: _Optional[_Iterable[_Union[ModelFile, _Mapping]]] = ..., memory_gb: _Optional[_Mapping[str, float]] = ..., can_run: _Optional[bool] = ..., note: _Optional[str] = ...) -> None: ...

class ModelFile(_message.Message):
    __slots__ = ("path", "size", "size_is_known", "licence", "source", "sum", "learned_sum", "state", "here")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        absent: _ClassVar[ModelFile.State]
        partial: _ClassVar[ModelFile.State]
        unchecked: _ClassVar[ModelFile.State]
        whole: _ClassVar[ModelFile.State]
        damaged: _ClassVar[ModelFile.State]
    absent: ModelFile.State
    partial: ModelFile.State
    unchecked: ModelFile.State
    whole: ModelFile.State
    damaged: ModelFile.State
    PATH_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SIZE_IS_KNOWN_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SUM_FIELD_NUMBER: _ClassVar[int]
    LEARNED_SUM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    HERE_FIELD_NUMBER: _ClassVar[int]
    path: str
    size: int
    size_is_known: bool
    licence: str
    source: str
    sum: str
    learned_sum: str
    state: ModelFile.State
    here: int
    def __init__(self, path: _Optional[str] = ..., size: _Optional[int] = ..., size_is_known: _Optional[bool] = ..., licence: _Optional[str] = ..., source: _Optional[str] = ..., sum: _Optional[str] = ..., learned_sum: _Optional[str] = ..., state: _Optional[_Union[ModelFile.State, str]] = ..., here: _Optional[int] = ...) -> None: ...

class Licence(_message.Message):
    __slots__ = ("id", "name", "commercial", "terms", "url", "accepted")
    class Commercial(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        unclear: _ClassVar[Licence.Commercial]
        allowed: _ClassVar[Licence.Commercial]
        forbidden: _ClassVar[Licence.Commercial]
    unclear: Licence.Commercial
    allowed: Licence.Commercial
    forbidden: Licence.Commercial
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    COMMERCIAL_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    commercial: Licence.Commercial
    terms: str
    url: str
    accepted: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., commercial: _Optional[_Union[Licence.Commercial, str]] = ..., terms: _Optional[str] = ..., url: _Optional[str] = ..., accepted: _Optional[bool] = ...) -> None: ...

class Recommendation(_message.Message):
    __slots__ = ("step", "memory_gb", "model")
    STEP_FIELD_NUMBER: _ClassVar[int]
    MEMORY_GB_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    step: str
    memory_gb: float
    model: str
    def __init__(self, step: _Optional[str] = ..., memory_gb: _Optional[float] = ..., model: _Optional[str] = ...) -> None: ...

class FetchModelsRequest(_message.Message):
    __slots__ = ("work", "models", "accepted_licences", "paths", "environment")
    class Work(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        plan: _ClassVar[FetchModelsRequest.Work]
        fetch: _ClassVar[FetchModelsRequest.Work]
        verify: _ClassVar[FetchModelsRequest.Work]
        repair: _ClassVar[FetchModelsRequest.Work]
        remove: _ClassVar[FetchModelsRequest.Work]
        adopt: _ClassVar[FetchModelsRequest.Work]
    plan: FetchModelsRequest.Work
    fetch: FetchModelsRequest.Work
    verify: FetchModelsRequest.Work
    repair: FetchModelsRequest.Work
    remove: FetchModelsRequest.Work
    adopt: FetchModelsRequest.Work
    class EnvironmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    WORK_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_LICENCES_FIELD_NUMBER: _ClassVar[int]
    PATHS_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    work: FetchModelsRequest.Work
    models: _containers.RepeatedScalarFieldContainer[str]
    accepted_licences: _containers.RepeatedScalarFieldContainer[str]
    paths: _containers.RepeatedScalarFieldContainer[str]
    environment: _containers.ScalarMap[str, str]
    def __init__(self, work: _Optional[_Union[FetchModelsRequest.Work, str]] = ..., models: _Optional[_Iterable[str]] = ..., accepted_licences: _Optional[_Iterable[str]] = ..., paths: _Optional[_Iterable[str]] = ..., environment: _Optional[_Mapping[str, str]] = ...) -> None: ...

class FetchEvent(_message.Message):
    __slots__ = ("bill", "progress", "end")
    BILL_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    bill: Bill
    progress: FileProgress
    end: FileEnd
    def __init__(self, bill: _Optional[_Union[Bill, _Mapping]] = ..., progress: _Optional[_Union[FileProgress, _Mapping]] = ..., end: _Optional[_Union[FileEnd, _Mapping]] = ...) -> None: ...

class Bill(_message.Message):
    __slots__ = ("folder", "files", "to_download", "free_bytes", "licences")
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    TO_DOWNLOAD_FIELD_NUMBER: _ClassVar[int]
    FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    folder: str
    files: _containers.RepeatedCompositeFieldContainer[ModelFile]
    to_download: int
    free_bytes: int
    licences: _containers.RepeatedCompositeFieldContainer[Licence]
    def __init__(self, folder: _Optional[str] = ..., files: _Optional[_Iterable[_Union[ModelFile, _Mapping]]] = ..., to_download: _Optional[int] = ..., free_bytes: _Optional[int] = ..., licences: _Optional[_Iterable[_Union[Licence, _Mapping]]] = ...) -> None: ...

class FileProgress(_message.Message):
    __slots__ = ("path", "phase", "done", "size", "all_done", "all_size", "text")
    class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        copying: _ClassVar[FileProgress.Phase]
        downloading: _ClassVar[FileProgress.Phase]
        checking: _ClassVar[FileProgress.Phase]
        waiting: _ClassVar[FileProgress.Phase]
    copying: FileProgress.Phase
    downloading: FileProgress.Phase
    checking: FileProgress.Phase
    waiting: FileProgress.Phase
    PATH_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ALL_DONE_FIELD_NUMBER: _ClassVar[int]
    ALL_SIZE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    path: str
    phase: FileProgress.Phase
    done: int
    size: int
    all_done: int
    all_size: int
    text: str
    def __init__(self, path: _Optional[str] = ..., phase: _Optional[_Union[FileProgress.Phase, str]] = ..., done: _Optional[int] = ..., size: _Optional[int] = ..., all_done: _Optional[int] = ..., all_size: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class FileEnd(_message.Message):
    __slots__ = ("file", "text")
    FILE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    file: ModelFile
    text: str
    def __init__(self, file: _Optional[_Union[ModelFile, _Mapping]] = ..., text: _Optional[str] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ("code", "facts")
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    code: str
    facts: _containers.ScalarMap[str, str]
    def __init__(self, code: _Optional[str] = ..., facts: _Optional[_Mapping[str, str]] = ...) -> None: ...
