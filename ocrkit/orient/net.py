"""The orienter's net in Keras 3: which way is up on a tile of text.

Takes batches of tiles, gives logits of the four turns. Used to train and to export; reading uses the exported model and
never imports this module.
"""

from __future__ import annotations

from typing import Any

import keras

TURNS = 4
"""Classes: by how many quarters, clockwise, a tile must be turned."""
# filters, kernel and stride of each convolution
_CONVOLUTIONS = ((12, 5, 2), (24, 3, 2), (32, 3, 1), (48, 3, 2), (48, 3, 1), (64, 3, 2), (64, 3, 1))
_FURTHER = 2  # convolutions that add to what is there, and so look farther: at words instead of letters
_SMALL = 0.1  # what they begin with, so that they can be put on a trained net


def build_net() -> keras.Model:
    """Build the net, with random weights.

    Returns
    -------
    keras.Model
        From grey levels from 0 to 1, shape (N, H, W, 1), any H and W that 16 divides, to logits, shape (N, TURNS): the
        mean of what each place on the tile says, to which places without letters add nothing.
    """
    layers = keras.layers
    tiles = keras.Input((None, None, 1), name="tiles")
    x: Any = tiles
    for filters, kernel, stride in _CONVOLUTIONS:
        x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))
    for _ in range(_FURTHER):
        further: Any = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(x)
        gentle = keras.initializers.Constant(_SMALL)
        further = layers.BatchNormalization(momentum=0.95, gamma_initializer=gentle)(further)
        x = layers.Add()([x, layers.ReLU()(further)])
    places = layers.Conv2D(TURNS, 1)(x)
    return keras.Model(tiles, layers.GlobalAveragePooling2D(name="vote")(places), name="orienter")
