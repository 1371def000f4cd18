"""Runs a canonical heatproof network in PyTorch, for `heatproof bench --torch`.

    python3 network.py FOLDER THREADS

FOLDER holds network.json (nodes, constants, shape of the batch), constants.bin and input.bin (float32 or int64, little
endian). Says in JSON lines what it loaded, then answers every line of standard input, `forward` or `gradient`, with the
processor seconds that one of it takes.
"""

import json
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F


def pad_of(node, x, value):
    """The input padded as ONNX says: begins, then ends; torch wants the last axis first."""
    pads = node["attributes"].get("pads", [])
    axes = len(pads) // 2
    if not any(pads):
        return x
    both = [(pads[axis], pads[axis + axes]) for axis in reversed(range(axes))]
    return F.pad(x, [amount for pair in both for amount in pair], value=value)


def by_rank(x, *functions):
    return functions[x.dim() - 3]


def conv(node, x, weight, bias=None):
    a = node["attributes"]
    run = by_rank(x, F.conv1d, F.conv2d)
    begin, end = halves(a["pads"])
    padding = begin if begin == end else [0] * len(begin)
    x = x if begin == end else pad_of(node, x, 0.0)
    return run(x, weight, bias, a["strides"], padding, a["dilations"], a["group"])


def max_pool(node, x):
    a = node["attributes"]
    run = by_rank(x, F.max_pool1d, F.max_pool2d)
    begin, end = halves(a["pads"])
    even = begin == end and all(2 * p <= k for p, k in zip(begin, a["kernel_shape"]))
    padding = begin if even else 0
    x = x if even else pad_of(node, x, float("-inf"))
    return run(x, a["kernel_shape"], a["strides"], padding, a.get("dilations", 1))


def average_pool(node, x):
    a = node["attributes"]
    run = by_rank(x, F.avg_pool1d, F.avg_pool2d)
    mean = run(pad_of(node, x, 0.0), a["kernel_shape"], a["strides"])
    if a.get("count_include_pad", 0) or not any(a["pads"]):
        return mean
    inside = run(pad_of(node, torch.ones_like(x[:1, :1]), 0.0), a["kernel_shape"], a["strides"])
    return mean / inside


def lrn(node, x):
    a = node["attributes"]
    return F.local_response_norm(x, a["size"], a["alpha"], a["beta"], a["bias"])


def sliced(node, x, starts, ends, axes, steps):
    for start, end, axis, step in zip(*(t.tolist() for t in (starts, ends, axes, steps))):
        size = x.shape[axis]
        chosen = range(size)[slice(start, None if step < 0 and end < -size else end, step)]
        x = x.index_select(axis, torch.tensor(list(chosen)))
    return x


def halves(pads):
    axes = len(pads) // 2
    return pads[:axes], pads[axes:]


def attribute(node, name, default):
    return node["attributes"].get(name, default)


OPERATORS = {
    "Conv": conv,
    "Gemm": lambda node, x, weight, bias=None: F.linear(x, weight, bias),
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "LRN": lrn,
    "Relu": lambda node, x: torch.relu(x),
    "LeakyRelu": lambda node, x: F.leaky_relu(x, attribute(node, "alpha", 0.01)),
    "Elu": lambda node, x: F.elu(x, attribute(node, "alpha", 1.0)),
    "Sigmoid": lambda node, x: torch.sigmoid(x),
    "Tanh": lambda node, x: torch.tanh(x),
    "HardSigmoid": lambda node, x: torch.clamp(
        attribute(node, "alpha", 0.2) * x + attribute(node, "beta", 0.5), 0, 1
    ),
    "HardSwish": lambda node, x: F.hardswish(x),
    "Clip": lambda node, x, low, high: torch.clamp(x, low.item(), high.item()),
    "Gelu": lambda node, x: F.gelu(x, approximate=attribute(node, "approximate", "none")),
    "Silu": lambda node, x: x * torch.sigmoid(attribute(node, "alpha", 1.0) * x),
    "Mish": lambda node, x: F.mish(x),
    "Softplus": lambda node, x: F.softplus(x),
    "Abs": lambda node, x: torch.abs(x),
    "Erf": lambda node, x: torch.erf(x),
    "Exp": lambda node, x: torch.exp(x),
    "Log": lambda node, x: torch.log(x),
    "Sqrt": lambda node, x: torch.sqrt(x),
    "Reciprocal": lambda node, x: 1 / x,
    "Pow": lambda node, x, power: x ** power.item(),
    "PRelu": lambda node, x, slope: torch.where(x > 0, x, slope * x),
    "BatchNormalization": lambda node, x, scale, shift, mean, variance: F.batch_norm(
        x, mean, variance, scale, shift, eps=attribute(node, "epsilon", 1e-5)
    ),
    "LayerNormalization": lambda node, x, scale, shift: F.layer_norm(
        x, scale.shape, scale, shift, attribute(node, "epsilon", 1e-5)
    ),
    "RMSNormalization": lambda node, x, scale: scale * x * torch.rsqrt(
        x.square().mean(-1, keepdim=True) + attribute(node, "epsilon", 1e-5)
    ),
    "MatMul": lambda node, a, b: a @ b,
    "Div": lambda node, a, b: a / b,
    "Softmax": lambda node, x: torch.softmax(x, attribute(node, "axis", -1)),
    "Concat": lambda node, *parts: torch.cat(parts, node["attributes"]["axis"]),
    "Add": lambda node, a, b: a + b,
    "Sub": lambda node, a, b: a - b,
    "Mul": lambda node, a, b: a * b,
    "Max": lambda node, a, b: torch.maximum(a, b),
    "Reshape": lambda node, x, shape: x.reshape([x.shape[0], *shape.tolist()[1:]]),
    "Transpose": lambda node, x: x.permute(node["attributes"]["perm"]),
    "Slice": sliced,
    "Pad": lambda node, x, pads, *value: F.pad(x, torch_pads(pads.tolist())),
}


def torch_pads(pads):
    axes = len(pads) // 2
    return [amount for axis in reversed(range(axes)) for amount in (pads[axis], pads[axis + axes])]


class Network:
    def __init__(self, folder):
        description = json.loads((folder / "network.json").read_text())
        self.nodes = description["nodes"]
        self.names = description["input"], description["output"]
        data = bytearray((folder / "constants.bin").read_bytes())
        self.constants = {
            c["name"]: torch.frombuffer(
                data, dtype=getattr(torch, c["type"]), offset=c["offset"], count=c["count"]
            ).reshape(c["dims"])
            for c in description["constants"]
        }
        image = bytearray((folder / "input.bin").read_bytes())
        self.input = torch.frombuffer(image, dtype=torch.float32).reshape(description["shape"])

    def run(self, x):
        values = dict(self.constants)
        values[self.names[0]] = x
        for node in self.nodes:
            inputs = [values[name] for name in node["inputs"] if name]
            values[node["outputs"][0]] = OPERATORS[node["op"]](node, *inputs)
        return values[self.names[1]]

    def forward(self):
        with torch.no_grad():
            return self.run(self.input)

    def gradient(self):
        """Sensitivity: the gradient of one logit an image, as autograd computes it."""
        x = self.input.clone().requires_grad_()
        self.run(x)[:, 0].sum().backward()
        return x.grad


def main(folder, threads):
    torch.set_num_threads(int(threads))
    network = Network(Path(folder))
    say(torch=torch.__version__, logits=network.forward().flatten().tolist())
    for line in sys.stdin:
        start = time.process_time()
        getattr(network, line.strip())()
        say(seconds=time.process_time() - start)


def say(**what):
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
