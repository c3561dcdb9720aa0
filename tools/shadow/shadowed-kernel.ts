import {
  bootInitialTask,
  type RealKernelSystem,
  type SystemPlatform,
} from "@cantrip/assembly/riscv";
import { type Machine, Privilege } from "@cantrip/hw-riscv";
import type { KernelConfig } from "@cantrip/sel4-config";
import { Kernel, type KernelPlatform, TcbSlot, CapType } from "@cantrip/sel4-kernel";
import { compareClearedFrames } from "./cleared-frames.ts";
import { compareStates, type Difference, hex } from "./compare-states.ts";
import { FollowerPort } from "./follower-port.ts";
import { KernelMemory, type Ram } from "./kernel-memory.ts";
import type { KernelState } from "./kernel-state.ts";
import { cantripLayout, upstreamLayout } from "./layouts.ts";
import { ImageReader } from "./read-image.ts";
import { readModel } from "./read-model.ts";
import { adoptOverwrittenSlots } from "./overwritten-slots.ts";
import { Recorder } from "./recorder.ts";

const PAGE_BYTES = 4096;
const SEPC = 0x141;
const SCAUSE = 0x142;
const STVAL = 0x143;
const A7 = 17;
const ECALL_FROM_USER = 8;

/** The initial task as `bootInitialTask` wants it. */
type InitialTask = Parameters<typeof bootInitialTask>[0]["initialTask"];

/** A real kernel and a model that follows it. */
export interface ShadowOptions {
  readonly kernelImage: Uint8Array;
  readonly config: KernelConfig;
  readonly platform: SystemPlatform;
  readonly initialTask: InitialTask;
  /** Compares everything at each n-th exit, and what is cheap at every one; 1 when absent. */
  readonly everyExit?: number;
  /** From this exit on everything is compared at every one. */
  readonly closeFrom?: number;
  /** Whether the model takes its own fast path where it can; not when absent. The kernel takes its own anyway. */
  readonly hasFastPath?: boolean;
  /** Interrupts that {@link ShadowedKernel.raise} may raise: nothing else is connected to them. */
  readonly interruptLines?: readonly number[];
  /** Called at each exit to user mode at which both agree: may change registers, and memory of the user. */
  readonly onUserExit?: (shadow: ShadowedKernel) => void;
}

/** One visit to the kernel, as it is printed. */
export interface VisitRecord {
  readonly exit: number;
  readonly cause: number;
  readonly value: number;
  readonly pc: number;
  readonly registers: Int32Array;
  readonly thread: number;
}

/** The first place where the two part. */
export interface Divergence {
  /** Number of the kernel exit, the first one being the boot's. */
  readonly exit: number;
  readonly differences: readonly Difference[];
  /** Visits that led there, the last one being where it was found. */
  readonly visits: readonly VisitRecord[];
  /** Last exit at which everything had been compared and agreed. */
  readonly lastGood: number;
}

const VISITS_KEPT = 12;

/**
 * A real kernel, executed by a machine, and the model of it, which follows: user code runs once, on the machine. At every
 * trap into the kernel the model gets the same registers, and what the user may have written into its IPC buffers; while the
 * real kernel works, what it reads from its devices is recorded; when it returns, the model does the same work with the
 * same times and interrupts, in memory of its own, and the two states are compared.
 */
export class ShadowedKernel {
  readonly machine: Machine;
  readonly model: Kernel;
  readonly port: FollowerPort;
  readonly reader: ImageReader;
  /** Exits of the kernel so far. */
  exits = 0;
  /** Exits at which everything was compared. */
  fullComparisons = 0;
  /** System calls that the kernel answered on its fast path: without looking at the time. */
  fastCalls = 0;
  /** Traps into the kernel by cause. */
  readonly causes = new Map<number, number>();
  divergence: Divergence | undefined;
  /** A defect of the real kernel, from which on nothing can be compared. */
  kernelDefect: string | undefined;
  output = "";
  readonly #options: ShadowOptions;
  readonly #system: RealKernelSystem;
  readonly #recorder: Recorder;
  readonly #visits: VisitRecord[] = [];
  #booted = false;
  #lastGood = 0;

  constructor(options: ShadowOptions) {
    this.#options = options;
    const { config, platform, initialTask, kernelImage } = options;
    this.#recorder = new Recorder(options.interruptLines);
    this.#system = bootInitialTask(
      { kernel: config, initialTask, entries: [] },
      {
        kernelImage,
        platform: this.#recorder.watch(platform),
        onConsole: (byte) => {
          this.output += String.fromCharCode(byte);
        },
      },
    );
    const { machine } = this.#system;
    this.machine = machine;
    this.#recorder.attach(machine);
    const ram: Ram = { base: machine.platform.ram.base, bytes: machine.ram };
    this.reader = new ImageReader(new KernelMemory(kernelImage, ram), {
      layout: config.cantripFork ? cantripLayout : upstreamLayout,
      maxIrq: platform.maxIrq,
      numDomains: config.settings.numDomains,
    });
    this.port = new FollowerPort({ base: ram.base, bytes: ram.bytes.slice() });
    this.model = new Kernel({
      ...{ config, port: this.port },
      platform: kernelPlatform(machine, platform),
      hasFastPath: options.hasFastPath ?? false,
    });
    machine.watchTraps({
      entered: () => {
        this.#entered();
      },
      returned: () => {
        this.#returned();
      },
    });
  }

  /** Runs until the states part, or for some virtual time; `false` when nothing can ever happen again. */
  run(seconds: number): boolean {
    const until = this.machine.cycles + seconds * this.#system.cyclesPerSecond;
    const stop = this.#system.run({ untilCycle: until });
    return stop.kind === "budget";
  }

  /** Raises an interrupt's line until the kernel claims it. */
  raise(source: number): void {
    this.#recorder.raise(source);
  }

  /** Ends a run, from {@link ShadowOptions.onUserExit}. */
  stop(): void {
    this.machine.stop();
  }

  states(): { readonly model: KernelState; readonly kernel: KernelState } {
    return { model: readModel(this.model.state), kernel: this.reader.read() };
  }

  #entered(): void {
    if (this.divergence !== undefined) return;
    const { machine, port } = this;
    const cause = machine.readCsr(SCAUSE) ?? 0;
    if (this.#recorder.isInKernel && this.#booted) {
      const address = hex(machine.readCsr(STVAL));
      this.kernelDefect ??= `faults in itself: cause ${cause} at ${hex(machine.readCsr(SEPC))}, address ${address}`;
      this.stop();
      return;
    }
    this.#recorder.isInKernel = true;
    if (!this.#booted) return;
    this.#recorder.clear();
    this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1);
    port.registers.set(machine.registers);
    port.pc = machine.readCsr(SEPC) ?? 0;
    const visit = {
      ...{ exit: this.exits, cause, value: machine.readCsr(STVAL) ?? 0, pc: port.pc },
      ...{ registers: machine.registers.slice(), thread: this.model.state.current.paddr },
    };
    if (this.#visits.push(visit) > VISITS_KEPT) this.#visits.shift();
    this.#copyBuffers();
  }

  /** What the user may have written that the kernel reads. */
  #copyBuffers(): void {
    const { ipcBuffer } = this.model.state.config.sizeBits;
    for (let tcb = this.model.state.debugThreads; tcb !== null; tcb = tcb.debugNext) {
      const cap = tcb.slots[TcbSlot.Buffer]?.cap;
      if (cap?.type !== CapType.Frame || cap.isDevice) continue;
      const offset = tcb.ipcBuffer % 2 ** cap.sizeBits;
      this.port.copyFrom(this.machine.ram, cap.paddr + offset, 2 ** ipcBuffer);
    }
  }

  #returned(): void {
    if (this.divergence !== undefined) return;
    const { port } = this;
    const { times, claims } = this.#recorder;
    this.#recorder.isInKernel = false;
    this.exits++;
    if (this.#booted) {
      const visit = this.#visits.at(-1);
      if (times.length === 0 && this.#mayBeFast(visit)) this.fastCalls++;
      port.begin({ times, claims }, this.#repeatsOf(visit));
      this.model.trap(visit?.cause ?? 0, visit?.value ?? 0);
      port.end();
    } else this.#boot();
    const differences = this.#compare();
    if (differences.length > 0) {
      const { exits: exit } = this;
      this.divergence = { exit, differences, visits: [...this.#visits], lastGood: this.#lastGood };
      this.machine.stop();
      return;
    }
    if (this.#isStaleLink()) {
      this.kernelDefect =
        "the fast path of Call leaves the receiver linked to the next in the queue";
      this.machine.stop();
      return;
    }
    if (this.machine.privilege === Privilege.user) this.#options.onUserExit?.(this);
  }

  /** The model's fast path reads the time, and the slow path again. The kernel's fast path does not. */
  #repeatsOf(visit: VisitRecord | undefined): number {
    return this.#options.hasFastPath === true && this.#mayBeFast(visit) ? 1 : 0;
  }

  /** Current seL4 appends such a thread to an empty queue without clearing the link (`tcb_queue_append`). */
  #isStaleLink(): boolean {
    const { config } = this.#options;
    return !config.cantripFork && this.#mayBeFast(this.#visits.at(-1)) && this.reader.isLinked();
  }

  #mayBeFast(visit: VisitRecord | undefined): boolean {
    const { call, replyRecv } = this.model.state.config.syscall;
    const number = visit?.registers[A7];
    return visit?.cause === ECALL_FROM_USER && (number === call || number === replyRecv);
  }

  #boot(): void {
    const { initialTask, platform } = this.#options;
    const { port, machine } = this;
    const { memory } = this.reader;
    this.#booted = true;
    // The model reads the time once, before it boots; the kernel again when it is done.
    port.begin({ times: [], claims: [] });
    this.model.state.scheduler.currentTime = this.#recorder.times[0]?.time ?? 0;
    const base = machine.platform.ram.base + platform.firmwareBytes;
    const deviceTree = platform.deviceTree?.(machine.ram.length);
    const treePaddr = base + platform.kernelImageBytes;
    const treeBytes = deviceTree?.length ?? 0;
    const imagePaddr = treePaddr + Math.ceil(treeBytes / PAGE_BYTES) * PAGE_BYTES;
    this.model.boot({
      image: { paddr: imagePaddr, size: initialTask.bytes.length },
      ...{ vaddr: initialTask.vaddr, entry: initialTask.entry },
      ...(deviceTree === undefined ? {} : { deviceTree: { paddr: treePaddr, size: treeBytes } }),
    });
    this.model.state.scheduler.currentTime = memory.double(memory.symbol("ksCurTime"));
    adoptOverwrittenSlots(this.model.state, this.reader.read());
  }

  #compare(): Difference[] {
    const { everyExit = 1, closeFrom = Infinity } = this.#options;
    const differences = this.#compareVisit();
    const isFull = this.exits % everyExit === 0 || this.exits >= closeFrom || this.exits === 1;
    if (isFull || differences.length > 0) {
      this.fullComparisons++;
      const { model, kernel } = this.states();
      differences.push(
        ...compareStates(model, kernel),
        // At boot the kernel has written into what it cleared.
        ...(this.exits === 1
          ? []
          : compareClearedFrames(model, this.port.cleared, this.reader.memory)),
      );
      if (differences.length === 0) this.#lastGood = this.exits;
    }
    return differences;
  }

  /** What this visit did: registers of whoever goes on, memory that was written, devices. */
  #compareVisit(): Difference[] {
    const { port, machine, model } = this;
    const differences: Difference[] = port.complaints.map((complaint) => ({
      ...{ where: "visit", model: complaint, kernel: "" },
    }));
    const differ = (where: string, ours: number | undefined, theirs: number | undefined): void => {
      if (ours !== theirs) differences.push({ where, model: hex(ours), kernel: hex(theirs) });
    };
    if (this.exits > 1 && !this.#idlesWithDeadline())
      differ("deadline", deadlineOf(port.deadline), deadlineOf(this.#recorder.deadline));
    const { completed } = this.#recorder;
    if (completed.join() !== port.completed.join())
      differences.push({
        ...{ where: "completed interrupts", model: port.completed.join() },
        kernel: completed.join(),
      });
    for (const [irq, isMasked] of port.masked) {
      const word = this.#recorder.enabled.get(irq >>> 5);
      if (irq >= this.#options.platform.maxIrq || word === undefined) continue;
      differ(`mask of interrupt ${irq}`, isMasked ? 1 : 0, ((word >>> (irq & 31)) & 1) ^ 1);
    }
    if (model.state.current !== model.state.idle && machine.privilege === Privilege.user) {
      differ("pc", port.pc, machine.pc);
      for (let register = 1; register < 32; register++) {
        const ours = (port.registers[register] ?? 0) >>> 0;
        differ(`x${register}`, ours, (machine.registers[register] ?? 0) >>> 0);
      }
    }
    for (const paddr of port.written)
      differ(`memory ${hex(paddr)}`, port.readWord(paddr), this.reader.memory.word(paddr));
    return differences.slice(0, 40);
  }

  /** The fork gives its idle thread a time slice, at whose end it does nothing; other kernels let it be. */
  #idlesWithDeadline(): boolean {
    const { state } = this.model;
    return state.config.cantripFork && state.current === state.idle;
  }
}

/** Where nothing is ever due, each says so with a time of its own in the far future. */
function deadlineOf(ticks: number | undefined): number | undefined {
  return ticks !== undefined && ticks > Number.MAX_SAFE_INTEGER ? Infinity : ticks;
}

function kernelPlatform(machine: Machine, platform: SystemPlatform): KernelPlatform {
  const base = machine.platform.ram.base + platform.firmwareBytes;
  return {
    ram: { base, size: machine.ram.length - platform.firmwareBytes },
    kernelImage: { base, size: platform.kernelImageBytes, bootBytes: platform.kernelBootBytes },
    kernelDevices: platform.kernelDevices,
    maxIrq: platform.maxIrq,
    ticksPerUs: machine.platform.timebaseHz / 1_000_000,
  };
}
