import assert from "node:assert/strict";
import { argumentsOf } from "./effects.ts";
import { generationOf } from "./fold_pool.ts";
import { gpuMissing, type GpuOffer, outOfOrder } from "./gpu_partition.ts";
import type { PoolSettings, TemplateSettings } from "./settings.ts";
import { Stage, testSettings, VM } from "./testing/stage.ts";

const [POOL = assert.fail()] = testSettings().pools;
const PARTITION = { gpu: "\\\\?\\PCI#A", minVram: 80, optimalVram: 90, maxVram: 100 };

function withGpu(gpuPartition?: TemplateSettings["gpuPartition"]): PoolSettings {
  const template = { ...POOL.template, gpu: true as const };
  return { ...POOL, template: gpuPartition === undefined ? template : { ...template, gpuPartition } };
}

Deno.test("sizes of a partition are in order when each is at most the next that is named", () => {
  const ordered = [{}, { minVram: 5 }, { minVram: 5, maxVram: 5 }, {
    minVram: 0,
    optimalVram: 1,
    maxVram: 2,
  }];
  for (const sizes of ordered) assert.equal(outOfOrder(sizes), undefined, JSON.stringify(sizes));
  assert.deepEqual(outOfOrder({ minVram: 2, optimalVram: 1, maxVram: 3 }), ["minVram", "optimalVram"]);
  assert.deepEqual(outOfOrder({ optimalVram: 4, maxVram: 3 }), ["optimalVram", "maxVram"]);
  assert.deepEqual(outOfOrder({ minVram: 4, maxVram: 3 }), ["minVram", "maxVram"]);
});

Deno.test("gpu.add is told which GPU and how much video memory, and nothing that the template does not name", () => {
  for (const partition of [PARTITION, { maxVram: 7 }, undefined]) {
    const stage = new Stage(testSettings(withGpu(partition)));
    const cycle = stage.cycle({ vmId: VM, vm: "known", phase: "provisioning" });
    assert.deepEqual(argumentsOf(stage.s, stage.v, cycle, "gpu.add"), { vmId: VM, ...partition });
  }
});

Deno.test("another video memory or another GPU is another generation", () => {
  const generations = [
    undefined,
    PARTITION,
    { ...PARTITION, minVram: 81 },
    { ...PARTITION, optimalVram: 91 },
    { ...PARTITION, maxVram: 101 },
    { ...PARTITION, gpu: "\\\\?\\PCI#B" },
  ].map((partition) => generationOf(withGpu(partition)));
  assert.equal(new Set(generations).size, generations.length);
});

const CARD = { name: "\\\\?\\pci#a", vram: { total: 1_000, max: 500 } };
const OFFER: GpuOffer = { partitioning: true, choose: true, gpus: [CARD] };

function missing(gpuPartition: TemplateSettings["gpuPartition"], offer: GpuOffer = OFFER): string {
  const found = gpuMissing(withGpu(gpuPartition).template, offer);
  return found === undefined ? "" : `${found.message} ${found.remedy}`;
}

Deno.test("gpuMissing() has nothing against sizes up to the most that a partition of the GPU can have", () => {
  assert.equal(missing({ gpu: "\\\\?\\PCI#A", maxVram: 500 }), "");
  assert.equal(missing(undefined), "");
  assert.equal(gpuMissing(POOL.template, { ...OFFER, gpus: [] }), undefined, "it gets none");
});

Deno.test("gpuMissing() names the size, the most and the key to lower", () => {
  assert.match(
    missing({ optimalVram: 501 }),
    /gpu_vram_optimal 501 .* at most 500 .* Lower gpu_vram_optimal to 500/,
  );
  assert.match(missing({ minVram: 600, maxVram: 700 }), /Lower gpu_vram_min/);
});

Deno.test("gpuMissing() takes the largest GPU where none is named, and the card where a partition's most is not told", () => {
  const gpus = [CARD, { name: "B", vram: { total: 900, max: 0 } }];
  assert.equal(missing({ maxVram: 900 }, { ...OFFER, gpus }), "");
  assert.match(missing({ maxVram: 901 }, { ...OFFER, gpus }), /at most 900/);
  assert.match(missing({ gpu: CARD.name, maxVram: 900 }, { ...OFFER, gpus }), /at most 500/);
});

Deno.test("gpuMissing() refuses nothing that the host does not tell", () => {
  const silent = [undefined, { total: 0, max: 0 }];
  for (const vram of silent) {
    const gpu = vram === undefined ? { name: "A" } : { name: "A", vram };
    assert.equal(missing({ maxVram: 2 ** 53 - 1 }, { ...OFFER, gpus: [gpu] }), "");
  }
});

Deno.test("gpuMissing() says which GPUs there are, or that there is none or no choice", () => {
  assert.match(
    missing({ gpu: "\\\\?\\PCI#C" }),
    /no GPU \\\\\?\\PCI#C.*it has: \\\\\?\\pci#a.*Correct gpu_name/,
  );
  assert.match(missing(PARTITION, { ...OFFER, choose: false }), /chooses by itself.*Take gpu_name out/);
  assert.match(missing(undefined, { ...OFFER, gpus: [] }), /no GPU that can be divided.*Take gpu out/);
  assert.match(missing(undefined, { ...OFFER, partitioning: false }), /no GPU that can be divided/);
});
