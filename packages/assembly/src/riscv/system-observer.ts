import type { Machine } from "@cantrip/hw-riscv";
import type { Kernel, KernelObserver } from "@cantrip/sel4-kernel";
import type { SystemPlan } from "../system-plan.ts";

/** A system that is about to boot. */
export interface ObservedSystem {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly plan: SystemPlan;
}

/** A tool that watches a system: it only looks, and the run is the same without it. */
export interface SystemObserver {
  /** Called once for each system, before it boots; the kernel tells the result what happens. */
  observe(system: ObservedSystem): KernelObserver;
}

/** Several observers as one. */
export function allObservers(...observers: readonly SystemObserver[]): SystemObserver {
  return {
    observe(system) {
      const all = observers.map((observer) => observer.observe(system));
      return {
        systemCall(thread, number) {
          for (const observer of all) observer.systemCall?.(thread, number);
        },
        systemCallEnd(thread, number, outcome, error) {
          for (const observer of all) observer.systemCallEnd?.(thread, number, outcome, error);
        },
        message(sender, receiver, endpoint, badge, info) {
          for (const observer of all) observer.message?.(sender, receiver, endpoint, badge, info);
        },
        fault(thread, fault, hasHandler) {
          for (const observer of all) observer.fault?.(thread, fault, hasHandler);
        },
        interrupt(irq, notification) {
          for (const observer of all) observer.interrupt?.(irq, notification);
        },
        threadSwitch(from, to) {
          for (const observer of all) observer.threadSwitch?.(from, to);
        },
        exit(thread) {
          for (const observer of all) observer.exit?.(thread);
        },
      };
    },
  };
}
