"""From a model's name to something that looks at pictures."""

from dataclasses import replace
from functools import partial

from models.catalogue import Catalogue
from models.precision import Precision, suited, this_machine
from models.session import Network, Provider, named_provider, open_network
from models.spec import ModelSpec, Task
from vision.detector import Detector
from vision.parking.closer_looks import CloserLooks
from vision.parking.detected_occupancy import DetectedOccupancy
from vision.parking.occupancy import OccupancyClassifier, is_occupancy_network
from vision.parking.vehicles_around import FAINTEST, WINDOW, VehiclesAround
from vision.parking.watch import SpotClassifier
from vision.tram.bed_reader import BedReader
from vision.tram.track_evidence import TrackReader

PARKED_CONFIDENCE = 0.2  # FIELD.md: the threshold at which detectors find parked cars best


def open_model(
    name_or_path: str | None,
    task: Task,
    *,
    threads: int | None = None,
    provider: Provider | None = None,
    precision: Precision = Precision.FLOAT,
    input_size: tuple[int, int] | None = None,
) -> tuple[Network, ModelSpec]:
    """The network of that name or path, ready to run, and its entry; None: the task's default.

    `input_size` (width, height) replaces the model's own, for pictures of every shape. With floats,
    the default, a replay gives the same on every machine. Raises ModelError where it is missing or
    damaged.
    """
    catalogue = Catalogue.load()
    found = catalogue.find(name_or_path, task)
    named = provider or named_provider()
    form = suited(found, catalogue, precision, named, this_machine())
    spec = form.file.spec
    if input_size is not None:
        spec = replace(spec, input_size=input_size, follows_shape=False)
    # TensorRT compiles a network anew, for minutes, for every shape that comes
    is_free = spec.follows_shape and named is not Provider.TENSORRT
    network = open_network(
        form.file.path,
        provider=form.provider,
        threads=threads,
        input_size=None if is_free else spec.input_size,
        in_bfloat16=form.in_bfloat16,
        or_cpu=named is None,
    )
    return network, spec


def load_detector(
    name_or_path: str | None = None,
    *,
    threads: int | None = None,
    provider: Provider | None = None,
    precision: Precision = Precision.FLOAT,
    confidence: float | None = None,
) -> Detector:
    """The obstacle detector of that name or path; None: the embedded default.

    `confidence` replaces the model's own threshold. Raises ModelError where it is missing,
    damaged or of no known family.
    """
    network, spec = open_model(
        name_or_path, Task.OBSTACLES, threads=threads, provider=provider, precision=precision
    )
    return Detector(network, spec, confidence=confidence)


def load_spot_classifier(
    name_or_path: str | None = None,
    *,
    threads: int | None = None,
    provider: Provider | None = None,
    precision: Precision = Precision.FLOAT,
) -> SpotClassifier:
    """What tells occupied spots: a classifier, or any detector, by name or path.

    None: the embedded classifier. Raises ModelError like `load_detector`.
    """
    network, spec = open_model(
        name_or_path, Task.PARKING, threads=threads, provider=provider, precision=precision
    )
    return spot_classifier_on(network, spec, threads=threads, precision=precision)


def spot_classifier_on(
    network: Network,
    spec: ModelSpec,
    *,
    threads: int | None = None,
    precision: Precision = Precision.FLOAT,
) -> SpotClassifier:
    """What tells occupied spots by this network, whichever of the two kinds it is.

    The manifest may name networks for a second look, and a detector for what stays unsure.
    Raises ModelError where one is missing or damaged.
    """
    if not is_occupancy_network(network):
        return DetectedOccupancy(Detector(network, spec, confidence=PARKED_CONFIDENCE))
    first = OccupancyClassifier(network, spec)
    if not spec.second_looks:
        return first
    open_beside = partial(
        open_model, threads=threads, provider=network.provider, precision=precision
    )
    again = [OccupancyClassifier(*open_beside(name, Task.PARKING)) for name in spec.second_looks]
    if spec.vehicles is None:
        return CloserLooks(first, again)
    detector = Detector(
        *open_beside(spec.vehicles, Task.OBSTACLES, input_size=(WINDOW.size_px,) * 2),
        confidence=FAINTEST,
    )
    return CloserLooks(first, again, VehiclesAround(detector))


def load_track_reader(
    name_or_path: str | None = None,
    *,
    threads: int | None = None,
    provider: Provider | None = None,
    precision: Precision = Precision.FLOAT,
) -> TrackReader:
    """What sees track in pictures, by name or path; None: the embedded network.

    Raises ModelError like `load_detector`.
    """
    network, spec = open_model(
        name_or_path, Task.TRACK, threads=threads, provider=provider, precision=precision
    )
    return TrackReader(network, spec)


def load_bed_reader(
    *, threads: int | None = None, precision: Precision = Precision.FLOAT
) -> BedReader:
    """What sees things stand on the bed of the track; raises ModelError like `load_detector`."""
    return BedReader(*open_model(None, Task.BED, threads=threads, precision=precision))
