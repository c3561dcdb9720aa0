import { buildBootImage, readInitialTask } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import {
  bootRootTask,
  bootSystem,
  type BootedSystem,
  decodeRecording,
  encodeRecording,
  finishRecording,
  qemuVirtPlatform,
  type RealKernelChoices,
  type RealKernelSystem,
  ReplayMismatch,
  replayRecording,
} from "@cantrip/assembly/riscv";
import { writeCpio } from "@cantrip/cpio";
import { writeElf, EM_RISCV } from "@cantrip/elf";
import { getBuiltinsAnswer, securityCoreRequest } from "@cantrip/interfaces/security-core";
import { codec } from "@cantrip/postcard";
import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  bareKernel,
  LENT_PAGE,
  mailboxKernel,
  QEMU_PLACE,
  REQUEST_BYTES,
  RESULT_OFFSET,
  SPARROW_PLACE,
  supervisorKernel,
} from "./bare-kernels.ts";

const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;
const TASK_ADDRESS = 0x10000;
const data = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) % 251);
/** An initial task of two pages that no kernel here ever enters. */
const elf = writeElf({
  ...{ machine: EM_RISCV, entry: TASK_ADDRESS + 8, flags: 1 },
  segments: [
    {
      ...{ vaddr: TASK_ADDRESS, data, align: PAGE_BYTES },
      flags: { read: true, write: true, execute: true },
    },
  ],
});
const flash = writeCpio([{ name: "hello.app", data: Uint8Array.of(1) }]);

interface Run {
  readonly system: RealKernelSystem;
  printed(): string;
  /** Words that the kernel left. */
  words(count: number): number[];
}

function boot(
  kernelImage: Uint8Array,
  choices: Partial<RealKernelChoices> = {},
  kernel: KernelConfig = cantrip,
): Run {
  let printed = "";
  const system = bootRootTask({
    ...{ elf, kernel, kernelImage, flash },
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
    ...choices,
  });
  const { paddr } = choices.platform === qemuVirtPlatform ? QEMU_PLACE : SPARROW_PLACE;
  return {
    system,
    printed: () => printed,
    words: (count) =>
      Array.from({ length: count }, (_, index) =>
        system.machine.readPhysical32(paddr + RESULT_OFFSET + 4 * index),
      ),
  };
}

const onQemu = { platform: qemuVirtPlatform, ramBytes: 16 * MIB } as const;

describe("a kernel that starts in machine mode", () => {
  it("finds in the mailbox where the initial task is, and the security core serves it afterwards", () => {
    const run = boot(mailboxKernel);
    const { machine } = run.system;
    machine.copyToPhysical(
      LENT_PAGE,
      codec(securityCoreRequest, { format: "0.7" }).encode({ type: "GetBuiltins" }),
    );
    run.system.run({ untilCycle: run.system.cyclesPerSecond / 100 });
    const [bytes = 0, start = 0, end = 0, offset, entry, status, header = 0, page] = run.words(8);
    const task = readInitialTask(elf, cantrip.settings.userTop);
    // In the page behind the kernel.
    expect({ bytes, start, end }).toEqual({
      ...{ bytes: 16, start: SPARROW_PLACE.paddr + PAGE_BYTES },
      end: SPARROW_PLACE.paddr + PAGE_BYTES + task.bytes.length,
    });
    expect(offset).toBe(start - TASK_ADDRESS);
    expect(entry).toBe(TASK_ADDRESS + 8);
    expect(machine.copyFromPhysical(start, end - start)).toEqual(task.bytes);
    // Nothing else was there.
    expect((status ?? 0) & 1).toBe(1);
    expect(page).toBe(LENT_PAGE);
    const answer = machine.copyFromPhysical(LENT_PAGE, header & 0xffff);
    expect(codec(getBuiltinsAnswer, { format: "0.7" }).decode(answer)).toEqual({
      ...{ type: "Ok", value: { names: ["hello.app"] } },
    });
    expect(header & 0xffff).toBeGreaterThan(REQUEST_BYTES);
    expect(run.printed()).toBe("K\n");
  });

  it("finds zeros when the boot ROM has left nothing", () => {
    const run = boot(mailboxKernel, { securityCore: { bootMessage: [] } });
    run.system.run({ untilCycle: run.system.cyclesPerSecond / 100 });
    expect(run.words(5)).toEqual([0, 0, 0, 0, 0]);
  });

  it("boots a description, and there is no model to look into", () => {
    const system = sparrow();
    const image = buildBootImage(system);
    const running = bootSystem({ system, image, kernelImage: mailboxKernel });
    running.run({ untilCycle: running.cyclesPerSecond / 1000 });
    const [, start = 0] = Array.from({ length: 2 }, (_, index) =>
      running.machine.readPhysical32(SPARROW_PLACE.paddr + RESULT_OFFSET + 4 * index),
    );
    const { bytes } = image.initialTask;
    expect(running.machine.copyFromPhysical(start, bytes.length)).toEqual(bytes);
    expect(running.image).toBe(image);
    expect(running.kernel).toBeUndefined();
    expectTypeOf(running.kernel).toEqualTypeOf<undefined>();
    expectTypeOf(bootSystem({ system }).kernel).toEqualTypeOf<BootedSystem["kernel"]>();
  });
});

describe("a kernel that starts in supervisor mode", () => {
  it("has what seL4's loader hands over, and an SBI below", () => {
    const run = boot(supervisorKernel, onQemu, upstream);
    expect(run.system.run()).toEqual({ kind: "halted", reason: "shutdown" });
    expect(run.system.haltReason).toBe("shutdown");
    expect(run.printed()).toBe("K\n");
    const [start = 0, end = 0, offset, entry, tree = 0, treeBytes = 0, satp = 0] = run.words(7);
    const { machine } = run.system;
    const task = readInitialTask(elf, upstream.settings.userTop);
    const deviceTree = qemuVirtPlatform.deviceTree?.(onQemu.ramBytes);
    expect(machine.copyFromPhysical(tree, treeBytes)).toEqual(deviceTree);
    expect(tree).toBe(QEMU_PLACE.paddr + PAGE_BYTES);
    expect(start).toBe(tree + Math.ceil(treeBytes / PAGE_BYTES) * PAGE_BYTES);
    expect(machine.copyFromPhysical(start, end - start)).toEqual(task.bytes);
    expect((offset ?? 0) | 0).toBe((start - TASK_ADDRESS) | 0);
    expect(entry).toBe(TASK_ADDRESS + 8);
    // Nothing that was handed over lies under the table.
    expect(satp >>> 31).toBe(1);
    expect((satp & 0x3fffff) * PAGE_BYTES).toBe(end);
  });

  it("prints nothing without the SBI's console", () => {
    const silent = { ...qemuVirtPlatform, putChar: (): void => undefined };
    const run = boot(supervisorKernel, { ...onQemu, platform: silent }, upstream);
    expect(run.system.run().kind).toBe("halted");
    expect(run.printed()).toBe("");
  });
});

describe("what cannot run on a real kernel", () => {
  const anywhere = { vaddr: 0xff800000, paddr: 0x40000000 };
  it.each<[string, Uint8Array, Partial<RealKernelChoices>, string]>([
    ["no ELF file", new Uint8Array([0x7f, 0x45]), {}, "kernel image: "],
    [
      "another machine's",
      bareKernel("nop", SPARROW_PLACE, { machine: 40 }),
      ...([{}, "kernel image: ELF machine 40, not 243"] as const),
    ],
    [
      "a kernel for another board",
      supervisorKernel,
      {},
      "kernel image: it lies at 0x80200000 to 0x80201000; sparrow has RAM for it from 0x28000000 to 0x28400000",
    ],
    ["a kernel outside of RAM", bareKernel("nop", anywhere), {}, "kernel image: it lies at"],
    [
      "a kernel in the firmware's place",
      bareKernel("nop", { vaddr: 0xff800000, paddr: 0x80000000 }),
      ...([onQemu, "has RAM for it from 0x80200000"] as const),
    ],
    [
      "an entry where the board does not start",
      bareKernel("nop\nnop", SPARROW_PLACE, { entry: SPARROW_PLACE.vaddr + 4 }),
      {},
      "its first instruction is at 0x28000004; sparrow starts at 0x28000000",
    ],
    [
      "a window that pages of 4 MiB cannot map",
      bareKernel("nop", { vaddr: 0xffa01000, paddr: 0x80200000 }),
      onQemu,
      "its window, 0xffa01000 for 0x80200000, is not one of 4 MiB pages",
    ],
    [
      "a kernel and a task larger than RAM",
      bareKernel("nop", SPARROW_PLACE, { memorySize: MIB - PAGE_BYTES }),
      ...([{ ramBytes: MIB }, "1048576 bytes of RAM cannot hold the kernel"] as const),
    ],
    ["no security core to ask", mailboxKernel, { securityCore: false }, "securityCore: "],
    [
      "a security core in reset",
      mailboxKernel,
      { securityCore: { isHeldInReset: true } },
      "securityCore: ",
    ],
  ])("%s", (_, kernelImage, choices, message) => {
    expect(() => boot(kernelImage, choices)).toThrow(RangeError);
    expect(() => boot(kernelImage, choices)).toThrow(message);
  });

  it("an observer, which the types refuse too", () => {
    const observer = { observe: () => ({}) };
    // @ts-expect-error -- the model is watched, and there is none
    expect(() => boot(mailboxKernel, { observer })).toThrow(
      "observer: it watches the kernel model",
    );
  });
});

describe("a recording of a run on a real kernel", () => {
  it("has the kernel image, and is repeated on it and on no other", () => {
    const first = boot(supervisorKernel, onQemu, upstream);
    first.system.run();
    const console = (run: Run): Uint8Array => new TextEncoder().encode(run.printed());
    const configuration = {
      system: { kind: "root-task", elf },
      ...{ profile: "upstream", platform: "qemu-virt", ramBytes: onQemu.ramBytes, flash },
      ...{ image: new Uint8Array(0), kernelImage: supervisorKernel },
    } as const;
    const recording = decodeRecording(
      encodeRecording(finishRecording(configuration, first.system, console(first))),
    );
    expect(recording.kernelImage).toEqual(supervisorKernel);
    const again = boot(recording.kernelImage ?? missing(), onQemu, upstream);
    replayRecording(recording, again.system, () => console(again));
    const other = boot(bareKernel("li a7, 8\necall", QEMU_PLACE), onQemu, upstream);
    expect(() => {
      replayRecording(recording, other.system, () => console(other));
    }).toThrow(ReplayMismatch);
    const text = encodeRecording({ ...recording, kernelImage: supervisorKernel });
    const damaged = text.replace(/"kernelImage":\{"hex":"[0-9a-f]*"\}/, '"kernelImage":7');
    expect(damaged).not.toBe(text);
    expect(() => decodeRecording(damaged)).toThrow("a kernel image that is none");
  });
});

function missing(): never {
  throw new Error("no kernel image");
}
