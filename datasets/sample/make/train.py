"""Trains a network: one output a class, each an independent yes or no."""

import time

import numpy as np
import torch
from torch import nn

from compose import CLASSES, IMAGE
from network import MEAN, STD, tensor
from training_images import Stock, training_image

SEED = 1
OBJECTS_A_CLASS, SCENES_A_KIND = 150, 60
STEPS, BATCH = 100, 32  # of an epoch; images


def targets(shown):
    return torch.tensor([[float(name in names) for name in CLASSES] for names in shown])


def varied(batch, rng):
    """Brightness and contrast changed; in half of the images up to 40 % of the cells of a grid replaced by noise
    or a colour. So a perturbed region is missing evidence to the network, not a strange new object.
    """

    def per_image(low, high):
        return torch.tensor(rng.uniform(low, high, (len(batch), 1, 1, 1)), dtype=torch.float32)

    batch = batch * per_image(0.85, 1.15) + per_image(-0.2, 0.2)
    for image in batch:
        if rng.random() < 0.5:
            cell = int(rng.choice([4, 8, 16]))
            lost = rng.random((IMAGE // cell, IMAGE // cell)) < rng.uniform(0, 0.4)
            lost = torch.from_numpy(np.kron(lost, np.ones((cell, cell))) > 0)
            size = (3, IMAGE, IMAGE) if rng.random() < 0.6 else (3, 1, 1)
            filling = torch.tensor((rng.uniform(0, 255, size) - MEAN) / STD, dtype=torch.float32)
            image[:, lost] = filling.expand(3, IMAGE, IMAGE)[:, lost]
    return batch


def train(network, epochs, rate, weight_decay):
    """A network as `network()` makes it, trained with AdamW."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    stock, net, rng = Stock(SEED, OBJECTS_A_CLASS, SCENES_A_KIND), network(), np.random.default_rng([SEED, 2])
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * STEPS)
    net.train()
    for epoch in range(epochs):
        total, started = 0.0, time.time()
        for _ in range(STEPS):
            images, shown = zip(*(training_image(stock, rng) for _ in range(BATCH)))
            loss = nn.functional.binary_cross_entropy_with_logits(net(varied(tensor(images), rng)), targets(shown))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f'epoch {epoch + 1} of {epochs}: loss {total / STEPS:.4f}, {time.time() - started:.0f} s', flush=True)
    return net.eval()
