"""Work that counts: a step, a value and now and then a checkpoint, at a pace, as training does without training."""

import asyncio
import json
import os
from typing import Any


async def count(project: Any, args: dict[str, Any], report: Any, stop: Any) -> dict[str, Any]:
    """Count to `steps`, `pause_s` a step, with a checkpoint every `every`; each step that was done stands in `done`."""
    checkpoint = report.folder / "at.json"
    begun = json.loads(checkpoint.read_text())["step"] if checkpoint.exists() else 0
    report.back_to(begun)
    report.note(f"It counts from {begun} on {os.environ.get('SLURMD_NODENAME', 'no node')}.")
    for step in range(begun + 1, args["steps"] + 1):
        await asyncio.sleep(args["pause_s"])
        with (report.folder / "done").open("a") as done:
            done.write(f"{step}\n")
        report.progress(step, args["steps"], {"loss": 1 / step}, step)
        if step % args.get("every", 5) == 0 or stop.asked:
            building = checkpoint.with_suffix(".new")
            building.write_text(json.dumps({"step": step}))
            building.replace(checkpoint)
            report.checkpoint("at.json")
        if stop.asked:
            return {}
    if "write" in args:
        await project.writer.put(lambda connection: None)
    return {"counted": args["steps"], "key": os.environ.get("COUNTING_KEY")}
