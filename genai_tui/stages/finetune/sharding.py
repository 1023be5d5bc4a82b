"""Weights that are spread over several devices (FSDP2, through accelerate): each holds a part, and gathers a layer at
a time. Here is how that is asked for, and how the whole is read from the parts and put into them again.
"""

import os
from collections.abc import Mapping
from typing import Any


def sharded_arguments(checkpointing: bool) -> dict[str, Any]:
    """What the trainer's arguments need, beside those of a training that is not sharded."""
    config = {
        "version": 2,
        "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
        "state_dict_type": "FULL_STATE_DICT",
        "reshard_after_forward": True,
        "cpu_ram_efficient_loading": True,  # the first process alone reads the weights
        "activation_checkpointing": checkpointing,
    }
    return {"fsdp": True, "fsdp_config": config, "gradient_checkpointing": False}


def begin_sharding() -> None:
    """Let weights be read for it. Call it once the arguments are made, before the model is read.

    accelerate shards on GPUs alone; where there is none it is told that the processes have some, for the same way to
    be gone and tested. Everything else asks the device itself, which stays the processor.
    """
    import torch
    from accelerate.state import PartialState
    from accelerate.utils import DistributedType

    os.environ["ACCELERATE_USE_FSDP"] = os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "true"
    if not torch.cuda.is_available():
        PartialState._shared_state["distributed_type"] = DistributedType.MULTI_GPU


def local(tensor: Any) -> Any:
    """The part of a tensor that is held here; all of it where it is not sharded."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def gathered(model: Any, *, trained_alone: bool) -> dict[str, Any]:
    """The whole weights of a sharded model (`trained_alone`: of what is trained), with the first process; all call it.

    The others get nothing.
    """
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

    options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=trained_alone)
    found: dict[str, Any] = get_model_state_dict(model, options=options)
    tied = getattr(model, "all_tied_weights_keys", None) or {}  # gathered twice, and written once
    return {name: each for name, each in found.items() if name not in tied}


def put_into(model: Any, weights: Mapping[str, Any]) -> None:
    """Put whole weights, which every process has read, into the parts of a sharded model."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict

    set_model_state_dict(model, dict(weights), options=StateDictOptions(full_state_dict=True, strict=False))
