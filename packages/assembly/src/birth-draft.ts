import type { ComponentBirth, ServerBirth } from "@cantrip/camkes-rpc";
import type { ComponentPlan } from "./component-plan.ts";
import { recvCNodeDepth } from "./recv-cnode.ts";
import type { ComponentImage } from "./component-image.ts";
import type { AnyComponentDefinition } from "./description.ts";

/** The code of a component: TypeScript behind stubs, or machine code. */
export type ComponentCode =
  | {
      readonly kind: "hosted";
      readonly program: AnyComponentDefinition;
      /** Address of the instance cell. */
      readonly cell: number;
    }
  | { readonly kind: "machine"; readonly image: ComponentImage };

/** A server end while its clients are laid out. */
export interface ServerDraft {
  endpoint: number;
  reply: number;
  readonly sharedPages: Record<string, number>;
  readonly notifications: Record<string, number>;
  readonly clients: Record<string, ServerBirth["clients"][string]>;
  readonly privileges: Record<string, readonly string[]>;
}

/** A notification of several interfaces. */
export interface SharedNotification {
  readonly object: string;
  readonly slot: number;
  /** Badge bits given out so far. */
  bits: number;
}

/** Collects what a component is given at birth while its capabilities and pages are laid out. */
export class BirthDraft {
  readonly plan: ComponentPlan;
  readonly code: ComponentCode;
  readonly #profile: string;
  /** The pages behind the cell that the description reserves. */
  heap: ComponentBirth["heap"];
  recvCNode = 0;
  preInit = 0;
  interfaceInit = 0;
  postInit = 0;
  asidPool: number | undefined;
  schedControl: number | undefined;
  domainControl: number | undefined;
  bootInfo: number | undefined;
  readonly threads: Record<string, ComponentBirth["threads"][string]> = {};
  readonly semaphores: Record<string, number> = {};
  readonly mutexes: Record<string, number> = {};
  readonly clients: Record<string, ComponentBirth["clients"][string]> = {};
  readonly servers: Record<string, ServerDraft> = {};
  readonly dataports: Record<string, ComponentBirth["dataports"][string]> = {};
  readonly interrupts: Record<string, ComponentBirth["interrupts"][string]> = {};
  readonly copyRegions: Record<string, ComponentBirth["copyRegions"][string]> = {};
  /** Notifications that threads share between interfaces, by the thread. */
  readonly shared: Map<string, SharedNotification> = new Map<string, SharedNotification>();
  /** The notification of this client, shared between its connections. */
  notification: { readonly object: string; connections: number } | undefined;

  constructor(plan: ComponentPlan, code: ComponentCode, profile: string) {
    this.plan = plan;
    this.code = code;
    this.#profile = profile;
  }

  finish(): ComponentBirth {
    const { plan } = this;
    return {
      name: plan.name,
      profile: this.#profile,
      selfCNode: 1,
      selfVSpaceRoot: 2,
      ...(this.heap === undefined ? {} : { heap: this.heap }),
      firstSlot: plan.firstFreeSlot,
      lastSlot: 2 ** plan.cnodeSizeBits,
      recvCNode: this.recvCNode,
      recvCNodeDepth: recvCNodeDepth(this.plan.type),
      threads: this.threads,
      preInit: this.preInit,
      interfaceInit: this.interfaceInit,
      postInit: this.postInit,
      semaphores: this.semaphores,
      semaphoreValues: { ...plan.type.semaphores },
      mutexes: this.mutexes,
      clients: this.clients,
      servers: this.servers,
      dataports: this.dataports,
      interrupts: this.interrupts,
      copyRegions: this.copyRegions,
      ...(this.bootInfo === undefined ? {} : { bootInfo: this.bootInfo }),
      ...(this.asidPool === undefined ? {} : { asidPool: this.asidPool }),
      ...(this.schedControl === undefined ? {} : { schedControl: this.schedControl }),
      ...(this.domainControl === undefined ? {} : { domainControl: this.domainControl }),
    };
  }
}
