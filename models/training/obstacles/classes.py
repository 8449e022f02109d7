"""Our six classes, and how the names used by data sets and by COCO detectors fall into them."""

CLASSES = ("person", "two_wheeler", "car", "heavy_vehicle", "rail_vehicle", "animal")

# What the scores speak of: a driver does not care whether it is a bus or a truck.
GROUPS = {
    "person": ("person",),
    "vehicle": ("car", "heavy_vehicle", "rail_vehicle"),
    "two_wheeler": ("two_wheeler",),
}

MEMBERS = {
    "person": ("person", "rider"),
    "two_wheeler": ("bicycle", "motorcycle", "motorbike", "two_wheeler"),
    "car": ("car", "van"),
    "heavy_vehicle": ("bus", "truck", "heavy_vehicle"),
    "rail_vehicle": ("train", "tram", "rail_vehicle"),
    "animal": (
        "animal",
        "bird",
        "cat",
        "dog",
        "horse",
        "sheep",
        "cow",
        "elephant",
        "bear",
        "zebra",
        "giraffe",
    ),
}

# Rows of an 80-class COCO detector that make up each of our classes.
COCO_ROWS = ((0,), (1, 3), (2,), (5, 7), (6,), (14, 15, 16, 17, 18, 19, 20, 21, 22, 23))

CLASS_OF_NAME = {name: CLASSES.index(ours) for ours, names in MEMBERS.items() for name in names}
CLASS_OF_COCO_ROW = {row: index for index, rows in enumerate(COCO_ROWS) for row in rows}
GROUP_OF_CLASS = {CLASSES.index(name): group for group, names in GROUPS.items() for name in names}


def class_of(name: str) -> int | None:
    """Our class of a data set's class name, or None if it is none of ours."""
    return CLASS_OF_NAME.get(name.strip().lower())
