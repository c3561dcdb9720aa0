import { failedOutput, JobTable, type ModelName, parseOutput } from "@cantrip/ml-coordinator";
import { MlCoordError, MlRunFailure } from "@cantrip/interfaces/ml-coordinator";
import { describe, expect, it } from "vitest";

const name = (client: number, modelId: string): ModelName => ({ client, bundleId: "b", modelId });
const DONE = failedOutput(0);

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

describe("JobTable", () => {
  it("runs jobs one at a time in the order in which they came, and numbers them", () => {
    const jobs = new JobTable();
    const [one, two] = [jobs.add(name(1, "one")), jobs.add(name(1, "two"))];
    expect(jobs.enqueue(two)).toBe(true);
    expect(jobs.enqueue(one)).toBe(true);
    expect(jobs.enqueue(two)).toBe(false);
    expect(jobs.startNext()).toBe(two);
    expect(jobs.startNext()).toBeUndefined();
    // While it runs it may wait for its next run.
    expect(jobs.enqueue(two)).toBe(true);
    expect(jobs.complete(DONE)).toBe(two);
    expect(two.output?.jobnum).toBe(0);
    expect(jobs.startNext()).toBe(one);
    jobs.complete(failedOutput(MlRunFailure.DataFault));
    expect(one.output).toMatchObject({ jobnum: 1, returnCode: MlRunFailure.DataFault });
    expect(jobs.startNext()).toBe(two);
    expect(two.output).toBeUndefined();
    expect(jobs.complete(DONE)).toBe(two);
    expect(jobs.complete(DONE)).toBeUndefined();
    expect(jobs.startNext()).toBeUndefined();
  });

  it("tells each client of its own jobs, once", () => {
    const jobs = new JobTable();
    for (const [client, id] of [
      [1, "a"],
      [2, "b"],
      [2, "c"],
    ] as const) {
      jobs.enqueue(jobs.add(name(client, id)));
      jobs.startNext();
      jobs.complete(DONE);
    }
    expect(jobs.takeCompleted(1)).toBe(0b001);
    expect(jobs.takeCompleted(1)).toBe(0);
    expect(jobs.takeCompleted(2)).toBe(0b110);
    expect(jobs.takeCompleted(3)).toBe(0);
  });

  it("keeps the models of clients apart", () => {
    const jobs = new JobTable();
    const mine = jobs.add(name(1, "a"));
    expect(jobs.find(name(2, "a"))).toBeUndefined();
    expect(codeOf(() => jobs.get(name(2, "a")))).toBe(MlCoordError.NoSuchModel);
    expect(jobs.get(name(1, "a"))).toBe(mine);
  });

  it("has 32 slots, the last of which is a bit like any other, and gives them back", () => {
    const jobs = new JobTable();
    const models = Array.from({ length: 32 }, (_, index) => jobs.add(name(1, `m${index}`)));
    expect(codeOf(() => jobs.add(name(1, "more")))).toBe(MlCoordError.NoModelSlotsLeft);
    const last = models[31];
    if (last === undefined) throw new Error("no model");
    jobs.enqueue(last);
    jobs.startNext();
    jobs.complete(DONE);
    expect(jobs.takeCompleted(1)).toBe(0x80000000);
    jobs.remove(last);
    expect(jobs.at(31)).toBeUndefined();
    expect(jobs.add(name(1, "more")).index).toBe(31);
  });

  it("forgets a model with its queue entry and its run", () => {
    const jobs = new JobTable();
    const [one, two] = [jobs.add(name(1, "one")), jobs.add(name(1, "two"))];
    jobs.enqueue(one);
    jobs.enqueue(two);
    jobs.startNext();
    jobs.enqueue(one);
    jobs.remove(one);
    expect(jobs.running).toBeUndefined();
    expect(jobs.takeCompleted(1)).toBe(1);
    expect(jobs.startNext()).toBe(two);
    jobs.remove(two);
    expect(jobs.startNext()).toBeUndefined();
    expect(jobs.describe().join("\n")).not.toContain("b:");
  });
});

describe("parseOutput", () => {
  const bytes = (length: number): Uint8Array => {
    const output = new Uint8Array(76).fill(0xaa, 12);
    new DataView(output.buffer).setUint32(0, 5, true);
    new DataView(output.buffer).setUint32(4, 0x80000010, true);
    new DataView(output.buffer).setUint32(8, length, true);
    return output;
  };

  it("takes as many bytes as the model says, and never more than 64", () => {
    expect(parseOutput(bytes(3))).toEqual({
      returnCode: 5,
      epc: 0x80000010,
      data: new Uint8Array(64).fill(0xaa, 0, 3),
    });
    for (const length of [64, 65, 0xffffffff]) {
      expect(parseOutput(bytes(length)).data).toEqual(new Uint8Array(64).fill(0xaa));
    }
  });
});
