"""The surfaces of things: car paint, glass, cloth, asphalt, plaster, leaves, lamps."""

from collections.abc import Callable

import bpy
import numpy as np

Colour = tuple[float, float, float]

CAR_COLOURS: tuple[Colour, ...] = (
    (0.75, 0.75, 0.74),
    (0.75, 0.75, 0.74),
    (0.42, 0.43, 0.44),
    (0.16, 0.17, 0.18),
    (0.03, 0.03, 0.035),
    (0.03, 0.03, 0.035),
    (0.38, 0.03, 0.03),
    (0.03, 0.08, 0.28),
    (0.08, 0.18, 0.32),
    (0.35, 0.31, 0.25),
    (0.05, 0.14, 0.09),
    (0.5, 0.24, 0.05),
)
CLOTH_COLOURS: tuple[Colour, ...] = (
    (0.02, 0.025, 0.04),
    (0.05, 0.07, 0.16),
    (0.25, 0.05, 0.05),
    (0.32, 0.3, 0.27),
    (0.5, 0.48, 0.45),
    (0.07, 0.12, 0.08),
    (0.35, 0.2, 0.08),
    (0.1, 0.2, 0.35),
    (0.4, 0.12, 0.2),
    (0.02, 0.02, 0.02),
    (0.45, 0.35, 0.1),
)
TROUSER_COLOURS: tuple[Colour, ...] = (
    (0.02, 0.03, 0.08),
    (0.04, 0.06, 0.14),
    (0.02, 0.02, 0.02),
    (0.12, 0.11, 0.1),
    (0.25, 0.2, 0.14),
    (0.08, 0.08, 0.09),
)
SKIN_COLOURS: tuple[Colour, ...] = ((0.5, 0.29, 0.2), (0.36, 0.19, 0.12), (0.16, 0.08, 0.05))
HAIR_COLOURS: tuple[Colour, ...] = (
    (0.012, 0.01, 0.008),
    (0.05, 0.025, 0.012),
    (0.18, 0.1, 0.04),
    (0.25, 0.24, 0.23),
)
PLASTER_COLOURS: tuple[Colour, ...] = (
    (0.62, 0.56, 0.45),
    (0.66, 0.63, 0.58),
    (0.55, 0.4, 0.3),
    (0.5, 0.52, 0.5),
    (0.6, 0.48, 0.3),
    (0.35, 0.18, 0.13),
    (0.7, 0.68, 0.64),
    (0.45, 0.5, 0.55),
)

# name: colour, roughness, metallic
PLAIN: dict[str, tuple[Colour, float, float]] = {
    "plastic": ((0.03, 0.03, 0.032), 0.6, 0.0),
    "black": ((0.008, 0.008, 0.009), 0.7, 0.0),
    "tyre": ((0.015, 0.015, 0.016), 0.85, 0.0),
    "rim": ((0.45, 0.46, 0.47), 0.35, 0.6),
    "glass": ((0.012, 0.016, 0.018), 0.06, 0.0),
    "lamp_off": ((0.7, 0.7, 0.7), 0.2, 0.0),
    "tail_off": ((0.35, 0.01, 0.01), 0.25, 0.0),
    "plate": ((0.75, 0.75, 0.68), 0.5, 0.0),
    "shoes": ((0.03, 0.025, 0.02), 0.6, 0.0),
    "bag": ((0.05, 0.07, 0.12), 0.8, 0.0),
    "cargo": ((0.68, 0.68, 0.66), 0.5, 0.0),
    "roof": ((0.3, 0.31, 0.32), 0.6, 0.0),
    "marking": ((0.72, 0.72, 0.7), 0.7, 0.0),
    "blue_marking": ((0.05, 0.16, 0.45), 0.7, 0.0),
    "green_marking": ((0.05, 0.3, 0.1), 0.7, 0.0),
    "frame": ((0.7, 0.69, 0.66), 0.5, 0.0),
    "tiles": ((0.28, 0.1, 0.06), 0.8, 0.0),
    "slate": ((0.12, 0.12, 0.13), 0.7, 0.0),
    "door": ((0.14, 0.07, 0.04), 0.6, 0.0),
    "mast": ((0.2, 0.22, 0.22), 0.55, 0.2),
    "bark": ((0.1, 0.07, 0.05), 0.9, 0.0),
    "steel": ((0.5, 0.48, 0.45), 0.28, 0.9),
    "groove": ((0.02, 0.018, 0.016), 0.9, 0.0),
    "sleeper": ((0.34, 0.33, 0.31), 0.9, 0.0),
    "wooden_sleeper": ((0.07, 0.05, 0.035), 0.95, 0.0),
    "bright_steel": ((0.72, 0.71, 0.7), 0.14, 1.0),
    "dull_steel": ((0.2, 0.19, 0.18), 0.5, 0.7),
    "rust": ((0.14, 0.06, 0.03), 0.9, 0.1),
    "rail_foot": ((0.05, 0.035, 0.028), 0.9, 0.1),
}
# name: dark colour, light colour, spots per metre, roughness
MOTTLED: dict[str, tuple[Colour, Colour, float, float]] = {
    "asphalt": ((0.052, 0.052, 0.054), (0.105, 0.104, 0.1), 1.0, 0.9),
    "old_asphalt": ((0.1, 0.098, 0.094), (0.17, 0.165, 0.155), 1.0, 0.9),
    "paving": ((0.2, 0.19, 0.175), (0.33, 0.315, 0.29), 1.6, 0.85),
    "kerbstone": ((0.3, 0.29, 0.27), (0.42, 0.41, 0.39), 2.0, 0.85),
    "platform": ((0.3, 0.295, 0.28), (0.4, 0.39, 0.37), 1.0, 0.85),
    "grass": ((0.025, 0.06, 0.012), (0.09, 0.15, 0.035), 2.2, 1.0),
    "ballast": ((0.08, 0.07, 0.06), (0.36, 0.33, 0.3), 9.0, 1.0),
    "dark_ballast": ((0.03, 0.026, 0.022), (0.19, 0.17, 0.15), 8.0, 1.0),
    "brown_ballast": ((0.07, 0.045, 0.03), (0.26, 0.19, 0.14), 8.0, 1.0),
    "concrete": ((0.26, 0.255, 0.24), (0.42, 0.41, 0.385), 0.7, 0.85),
    "cobbles": ((0.05, 0.048, 0.045), (0.24, 0.225, 0.205), 5.0, 0.75),
    "bricks": ((0.13, 0.05, 0.035), (0.3, 0.15, 0.11), 4.0, 0.85),
    "dry_grass": ((0.1, 0.085, 0.03), (0.27, 0.23, 0.1), 2.4, 1.0),
    "worn_grass": ((0.07, 0.055, 0.03), (0.12, 0.16, 0.04), 1.2, 1.0),
    "earth": ((0.1, 0.075, 0.05), (0.26, 0.2, 0.145), 2.0, 1.0),
    "snow": ((0.5, 0.52, 0.56), (0.82, 0.83, 0.85), 1.1, 0.8),
    "slush": ((0.16, 0.15, 0.14), (0.62, 0.62, 0.63), 1.4, 0.6),
    "leaf": ((0.02, 0.055, 0.01), (0.08, 0.15, 0.03), 1.5, 0.7),
    "hedge": ((0.015, 0.04, 0.008), (0.06, 0.11, 0.025), 6.0, 0.8),
}


class PaintShop:
    """Makes every surface once; `wet` ground is darker and mirrors, `lit` says what glows."""

    def __init__(self, rng: np.random.Generator, wet: bool, glow: float) -> None:
        self._made: dict[tuple[object, ...], bpy.types.Material] = {}
        self._rng = rng
        self._wet = wet
        self._glow = glow

    def paint(self, name: str, colour: Colour | None = None) -> bpy.types.Material:
        """The surface called `name`; a colour makes a variant of it."""
        key = (name, colour)
        if key not in self._made:
            self._made[key] = self._make(name, colour)
        return self._made[key]

    def outfit(
        self, colours: dict[str, Colour] | None = None, *, is_off: bool = False
    ) -> Callable[[str], bpy.types.Material]:
        """A wardrobe for one actor: random clothes, skin and hair, and a car colour.

        `is_off`: its lamps are out, as those of a parked car.
        """
        picks: dict[str, Colour] = {
            "paint": self._pick(CAR_COLOURS),
            "jacket": self._pick(CLOTH_COLOURS),
            "trousers": self._pick(TROUSER_COLOURS),
            "skin": self._pick(SKIN_COLOURS),
            "hair": self._pick(HAIR_COLOURS),
            "bag": self._pick(CLOTH_COLOURS),
        }
        picks.update(colours or {})
        dark = {"lamp": "lamp_off", "tail": "tail_off"} if is_off else {}
        return lambda name: self.paint(dark.get(name, name), picks.get(name))

    def _pick(self, colours: tuple[Colour, ...]) -> Colour:
        colour = np.array(colours[self._rng.integers(len(colours))])
        return tuple(float(c) for c in np.clip(colour * self._rng.uniform(0.85, 1.15, 3), 0, 0.8))

    def _make(self, name: str, colour: Colour | None) -> bpy.types.Material:
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        shader = material.node_tree.nodes["Principled BSDF"]
        if name in MOTTLED:
            self._mottle(material, shader, name)
        elif name in PLAIN:
            base, rough, metal = PLAIN[name]
            _set(shader, colour or base, rough, metal)
            if name == "glass":
                shader.inputs["Specular IOR Level"].default_value = 0.8
        elif name in ("lamp", "tail", "sign", "street_lamp", "window_lit"):
            self._glowing(shader, name)
        elif name in ("paint", "band"):
            _set(shader, colour or (0.5, 0.5, 0.5), 0.32, 0.15)
            shader.inputs["Coat Weight"].default_value = 0.35
            shader.inputs["Coat Roughness"].default_value = 0.08
        else:
            _set(shader, colour or (0.5, 0.5, 0.5), 0.85, 0.0)
        return material

    def _glowing(self, shader: bpy.types.Node, name: str) -> None:
        base, light, strength = {
            "lamp": ((0.7, 0.7, 0.7), (1.0, 0.93, 0.8), 60.0),
            "tail": ((0.35, 0.01, 0.01), (1.0, 0.03, 0.02), 6.0),
            "sign": ((0.03, 0.03, 0.03), (1.0, 0.55, 0.1), 2.0),
            "street_lamp": ((0.6, 0.6, 0.55), (1.0, 0.8, 0.5), 60.0),
            "window_lit": ((0.1, 0.1, 0.09), (1.0, 0.7, 0.35), 0.35),
        }[name]
        _set(shader, base, 0.2, 0.0)
        if name == "sign":
            strength = max(0.5, strength * self._glow)
        else:
            strength *= self._glow
        shader.inputs["Emission Color"].default_value = (*light, 1)
        shader.inputs["Emission Strength"].default_value = strength

    def _mottle(self, material: bpy.types.Material, shader: bpy.types.Node, name: str) -> None:
        dark, light, spots, rough = MOTTLED[name]
        tree = material.node_tree
        where = tree.nodes.new("ShaderNodeNewGeometry")
        fine = _noise(tree, where, spots * 24, 2.0)
        broad = _noise(tree, where, spots * 0.35, 3.0)
        blend = tree.nodes.new("ShaderNodeMath")
        blend.operation = "MULTIPLY_ADD"
        blend.inputs[1].default_value = 0.55
        half = tree.nodes.new("ShaderNodeMath")
        half.operation = "MULTIPLY"
        half.inputs[1].default_value = 0.45
        tree.links.new(broad.outputs[0], half.inputs[0])
        tree.links.new(fine.outputs[0], blend.inputs[0])
        tree.links.new(half.outputs[0], blend.inputs[2])
        ramp = tree.nodes.new("ShaderNodeValToRGB")
        ramp.color_ramp.elements[0].position = 0.32
        ramp.color_ramp.elements[1].position = 0.68
        is_ground = self._wet and name not in ("leaf", "hedge", "grass", "ballast")
        shade = 0.5 if is_ground else 1.0
        ramp.color_ramp.elements[0].color = (*(c * shade for c in dark), 1)
        ramp.color_ramp.elements[1].color = (*(c * shade for c in light), 1)
        tree.links.new(blend.outputs[0], ramp.inputs[0])
        tree.links.new(ramp.outputs[0], shader.inputs["Base Color"])
        _set(shader, None, rough, 0.0)
        shader.inputs["Specular IOR Level"].default_value = 0.2
        if is_ground:
            puddles = tree.nodes.new("ShaderNodeMapRange")
            for key, value in (
                ("From Min", 0.3),
                ("From Max", 0.55),
                ("To Min", 0.2),
                ("To Max", 0.55),
            ):
                puddles.inputs[key].default_value = value
            tree.links.new(broad.outputs[0], puddles.inputs["Value"])
            tree.links.new(puddles.outputs[0], shader.inputs["Roughness"])
            shader.inputs["Specular IOR Level"].default_value = 0.5


def _noise(
    tree: bpy.types.NodeTree, where: bpy.types.Node, scale: float, detail: float
) -> bpy.types.Node:
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = detail
    tree.links.new(where.outputs["Position"], noise.inputs["Vector"])
    return noise


def _set(shader: bpy.types.Node, colour: Colour | None, rough: float, metal: float) -> None:
    if colour is not None:
        shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = rough
    shader.inputs["Metallic"].default_value = metal
