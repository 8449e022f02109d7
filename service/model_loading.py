"""From a model's name to something that looks at pictures."""

from models.catalogue import Catalogue
from models.session import Provider, open_network
from models.spec import Task
from vision.detector import Detector
from vision.parking.detected_occupancy import DetectedOccupancy
from vision.parking.occupancy import OccupancyClassifier, is_occupancy_network
from vision.parking.watch import SpotClassifier


def load_detector(
    name_or_path: str | None = None,
    *,
    threads: int | None = None,
    provider: Provider | None = None,
    confidence: float | None = None,
) -> Detector:
    """The obstacle detector of that name or path; None: the embedded default.

    `confidence` replaces the model's own threshold. Raises ModelError where it is missing,
    damaged or of no known family.
    """
    found = Catalogue.load().find(name_or_path, Task.OBSTACLES)
    network = open_network(
        found.path, provider=provider, threads=threads, input_size=found.spec.input_size
    )
    return Detector(network, found.spec, confidence=confidence)


def load_spot_classifier(
    name_or_path: str | None = None,
    *,
    threads: int | None = None,
    provider: Provider | None = None,
) -> SpotClassifier:
    """What tells occupied spots: a classifier, or any detector, by name or path.

    None: the embedded classifier. Raises ModelError like `load_detector`.
    """
    found = Catalogue.load().find(name_or_path, Task.PARKING)
    network = open_network(
        found.path, provider=provider, threads=threads, input_size=found.spec.input_size
    )
    if is_occupancy_network(network):
        return OccupancyClassifier(network, found.spec)
    return DetectedOccupancy(Detector(network, found.spec, confidence=PARKED_CONFIDENCE))


PARKED_CONFIDENCE = 0.2  # FIELD.md: the threshold at which detectors find parked cars best
