import {
  type ComponentInstance,
  type ComponentType,
  extendSystem,
  type SystemDescription,
} from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import {
  type ComponentDefinition,
  type ComponentThread,
  MemoryClient,
  RpcClient,
  RpcError,
} from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import { forEachTask, type Task } from "@cantrip/hosted";
import { MemoryPrivilege, type ObjDescBundle } from "@cantrip/interfaces/memory";
import { packageManagementInterface } from "@cantrip/interfaces/package-management";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { securityInterface, SecurityPrivilege } from "@cantrip/interfaces/security";

const PAGE_BYTES = 4096;

/** The services that packages pass through, as a client sees them. */
export class Uploader {
  readonly thread: ComponentThread;
  readonly memory: MemoryClient;
  readonly packages: RpcClient<typeof packageManagementInterface>;
  readonly processes: RpcClient<typeof processControlInterface>;
  readonly security: RpcClient<typeof securityInterface>;

  constructor(thread: ComponentThread) {
    this.thread = thread;
    this.memory = new MemoryClient(thread);
    this.packages = new RpcClient(thread, "pkg_mgmt", packageManagementInterface);
    this.processes = new RpcClient(thread, "proc_ctrl", processControlInterface);
    this.security = new RpcClient(thread, "security", securityInterface);
  }

  /** Fills fresh frames with a bundle. */
  *upload(image: Uint8Array): Task<ObjDescBundle> {
    const { sel4, birth } = this.thread;
    const bundle = yield* this.memory.frameAllocInCNode(image.length);
    const region = new CopyRegion(
      sel4,
      birth.selfVSpaceRoot,
      birth.copyRegions["UPLOAD"]?.address ?? 0,
    );
    const { memory } = this;
    yield* forEachTask(memory.pathsOf(bundle), function* (path, index): Task<void> {
      const frame = memory.newSlot();
      yield* frame.dupTo(path);
      yield* region.map(frame.slot);
      region.write(0, image.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
      yield* region.unmap();
      yield* frame.drop();
    });
    return bundle;
  }

  /** Gives up the own capability of a bundle's CNode, as a client does that handed it over. */
  *forget(bundle: ObjDescBundle): Task<void> {
    const { sel4, runtime } = this.thread;
    yield* sel4.cnode.delete({ root: runtime.selfCNode, index: bundle.cnode, depth: 32 });
    runtime.slots.free(bundle.cnode);
  }
}

/** The name of the error that a call ends with, or `"Success"`. */
export function* outcome(task: Task<unknown>): Task<string> {
  try {
    yield* task;
    return "Success";
  } catch (error) {
    if (error instanceof RpcError) return error.errorName;
    throw error;
  }
}

const TYPE = {
  name: "Uploader",
  uses: ["memory", "pkg_mgmt", "proc_ctrl", "security", "logger"],
  copyRegions: ["UPLOAD"],
  cnodeHeadroom: 32,
  stackBytes: { control: 16384 },
  heapBytes: 4096,
} as const;

type Privileges = NonNullable<ComponentInstance["privileges"]>;

/** What the uploader is allowed, unless a test says otherwise. */
const PRIVILEGES: Privileges = {
  memory: [MemoryPrivilege.DeviceMemory],
  security: [SecurityPrivilege.Keys],
};

/** Sparrow with one more component, which runs `body` and is through when `onDone` was called. */
export function sparrowWithUploader(
  body: (uploader: Uploader) => Task<void>,
  privileges: Privileges = PRIVILEGES,
): SystemDescription {
  const program: ComponentDefinition<object> = {
    name: TYPE.name,
    create: () => ({}),
    threads: {
      control: {
        *run(thread) {
          yield* body(new Uploader(thread));
        },
      },
    },
  };
  const type: ComponentType = { ...TYPE, program };
  return extendSystem(sparrow(), {
    components: { uploader: { type, privileges } },
    join: {
      multi_memory: "uploader.memory",
      shell_package: "uploader.pkg_mgmt",
      shell_process: "uploader.proc_ctrl",
      multi_security: "uploader.security",
      multi_logger: "uploader.logger",
    },
  });
}
