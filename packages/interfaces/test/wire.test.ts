import { defineInterface, type InterfaceDefinition } from "@cantrip/interfaces";
import { loggerInterface, MAX_LOG_BYTES } from "@cantrip/interfaces/logger";
import { mailboxInterface } from "@cantrip/interfaces/mailbox";
import {
  memoryInterface,
  memoryInterfaceFor,
  MemoryManagerError,
  objDescBundleFor,
} from "@cantrip/interfaces/memory";
import { mlCoordinatorInterface } from "@cantrip/interfaces/ml-coordinator";
import {
  packageManagementInterface,
  packageManagementInterfaceFor,
} from "@cantrip/interfaces/package-management";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import {
  keyRequest,
  logRequest,
  modelIdRequest,
  modelOneshotRequest,
  modelOutputResponse,
  modelPeriodicRequest,
  modelStartResponse,
  modelWaitResponse,
  readKeyResponse,
  SDK_MODEL_ID,
  SdkRequest,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import {
  failedAnswer,
  findFileAnswer,
  securityCoreErrorName,
  securityCoreRequest,
} from "@cantrip/interfaces/security-core";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { securityInterface, securityInterfaceFor } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { uartReadInterface, uartWriteInterface } from "@cantrip/interfaces/uart";
import { codec, encodeUtf8, enumOf } from "@cantrip/postcard";
import { cantrip, upstream, upstream64 } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";

const options = { format: "0.7" } as const;

function requestBytes(definition: InterfaceDefinition, kind: string, value?: unknown): Uint8Array {
  const variants = Object.fromEntries(
    Object.entries(definition.requests).map(([name, { payload }]) => [name, payload ?? null]),
  );
  const requests = codec<{ type: string; value?: unknown }>(enumOf(variants), options);
  return requests.encode({ type: kind, value });
}

function requestHex(definition: InterfaceDefinition, kind: string, value?: unknown): string {
  return Buffer.from(requestBytes(definition, kind, value)).toString("hex");
}

function replyHex(definition: InterfaceDefinition, kind: string, value: unknown): string {
  const reply = definition.requests[kind]?.reply;
  if (reply === undefined) throw new Error(`${kind} has no reply`);
  return Buffer.from(codec(reply, options).encode(value)).toString("hex");
}

const hex = (text: string): string => text.replaceAll(" ", "");

describe("requests on the wire", () => {
  const bundle = { cnode: 5, depth: 8, objs: [{ type: 2, count: 1, cptr: 0 }] };
  const bundleHex = "0500000000000000 08 01 02 0100000000000000 0000000000000000";
  const timer = { timerId: 0, durationMs: 100 };

  it.each<[InterfaceDefinition, string, unknown, string]>([
    [timerInterface, "CompletedTimers", undefined, "00"],
    [timerInterface, "Oneshot", timer, "01 00000000 64000000"],
    [timerInterface, "Periodic", timer, "02 00000000 64000000"],
    [timerInterface, "Cancel", 3, "03 03000000"],
    [timerInterface, "Capscan", undefined, "04"],
    [memoryInterface, "Alloc", { bundle, lifetime: "Short" }, `00 ${bundleHex} 00`],
    [memoryInterface, "Alloc", { bundle, lifetime: "Static" }, `00 ${bundleHex} 02`],
    [memoryInterface, "Free", bundle, `01 ${bundleHex}`],
    [memoryInterface, "Stats", undefined, "02"],
    [memoryInterface, "Debug", undefined, "03"],
    [memoryInterface, "Capscan", undefined, "04"],
    [
      memoryInterface,
      "AllocDevice",
      { bundle, paddr: 0x50000000 },
      `05 ${bundleHex} 0000005000000000`,
    ],
    [memoryInterface, "Usage", undefined, "06"],
    [mailboxInterface, "Send", { paddr: 0x28001000, size: 68 }, "00 00100028 44000000"],
    [mailboxInterface, "Recv", undefined, "01"],
    [loggerInterface, "Log", { level: 3, msg: "a::b" }, "00 03 04 61 3a 3a 62"],
    [processControlInterface, "Start", "hello", "00 05 68656c6c6f"],
    [processControlInterface, "GetRunningBundles", undefined, "02"],
    [processControlInterface, "CapScanBundle", "a", "05 01 61"],
    [packageManagementInterface, "Install", bundle, `00 ${bundleHex}`],
    [
      packageManagementInterface,
      "InstallApp",
      { appId: "a", pkgContents: bundle },
      `01 01 61 ${bundleHex}`,
    ],
    [packageManagementInterface, "Uninstall", "a", "02 01 61"],
    [mlCoordinatorInterface, "CompletedJobs", undefined, "00"],
    [mlCoordinatorInterface, "Oneshot", { bundleId: "a", modelId: "b" }, "01 01 61 01 62"],
    [
      mlCoordinatorInterface,
      "Periodic",
      { bundleId: "a", modelId: "b", rateMs: 1000 },
      "02 01 61 01 62 e8030000",
    ],
    [mlCoordinatorInterface, "Cancel", { bundleId: "a", modelId: "b" }, "03 01 61 01 62"],
    [mlCoordinatorInterface, "GetOutput", { bundleId: "a", modelId: "b" }, "04 01 61 01 62"],
    [mlCoordinatorInterface, "DebugState", undefined, "05"],
    [mlCoordinatorInterface, "Capscan", undefined, "06"],
    [sdkManagerInterface, "GetEndpoint", "a", "00 01 61"],
    [sdkManagerInterface, "Capscan", undefined, "02"],
    // Behind CantripOS's requests.
    [sdkManagerInterface, "AllowModel", { appId: "a", modelId: "m" }, "05 01 61 01 01 6d"],
    [sdkManagerInterface, "AllowModel", { appId: "a", modelId: undefined }, "05 01 61 00"],
    [
      securityInterface,
      "LimitKeys",
      { bundleId: "a", keys: 3, bytes: undefined },
      "0f 01 61 01 03000000 00",
    ],
    [securityInterface, "Echo", "a", "00 01 61"],
    [
      securityInterface,
      "InstallModel",
      { appId: "a", modelId: "b", pkgContents: bundle },
      `03 01 61 01 62 ${bundleHex}`,
    ],
    [securityInterface, "GetPackages", undefined, "05"],
    [securityInterface, "LoadApplication", "a", "08 01 61"],
    [securityInterface, "LoadModel", { bundleId: "a", modelId: "b" }, "09 01 61 01 62"],
    [
      securityInterface,
      "WriteKey",
      { bundleId: "a", key: "b", value: Uint8Array.of(7) },
      "0b 01 61 01 62 01 07",
    ],
    [securityInterface, "CapScan", undefined, "0e"],
    [uartReadInterface, "Read", 4096, "00 0010000000000000"],
    [uartWriteInterface, "Write", 1, "00 0100000000000000"],
    [uartWriteInterface, "Flush", undefined, "01"],
  ])("%#", (definition, kind, value, expected) => {
    expect(requestHex(definition, kind, value)).toBe(hex(expected));
  });

  it("has room for 119 descriptors in a memory request", () => {
    const objs = Array.from({ length: 119 }, (_, cptr) => ({ type: 7, count: 1, cptr }));
    const request = { bundle: { cnode: 1, depth: 8, objs }, lifetime: "Short" };
    const length = requestBytes(memoryInterface, "Alloc", request).length;
    expect(length).toBeLessThanOrEqual(memoryInterface.requestSize);
    expect(length + 17).toBeGreaterThan(memoryInterface.requestSize);
  });

  it("fills the request of the logger with the longest message", () => {
    const msg = "x".repeat(MAX_LOG_BYTES);
    expect(requestBytes(loggerInterface, "Log", { level: 1, msg }).length).toBe(
      loggerInterface.requestSize,
    );
  });
});

describe("replies on the wire", () => {
  it("have CantripOS's layouts", () => {
    expect(replyHex(timerInterface, "CompletedTimers", { timerMask: 1 })).toBe("01000000");
    const value = {
      allocatedBytes: 1,
      freeBytes: 2,
      totalRequestedBytes: 3,
      overheadBytes: 4,
      allocatedObjs: 5,
      totalRequestedObjs: 6,
      untypedSlabTooSmall: 7,
      outOfMemory: 8,
    };
    expect(replyHex(memoryInterface, "Stats", { value })).toBe(
      Array.from({ length: 8 }, (_, index) => `0${index + 1}00000000000000`).join(""),
    );
    expect(
      replyHex(processControlInterface, "GetBundleState", {
        bundleState: { type: "Exited", value: 9 },
      }),
    ).toBe("0209");
    expect(replyHex(processControlInterface, "GetRunningBundles", { bundleIds: ["a", "bc"] })).toBe(
      "020161026263",
    );
    expect(replyHex(mlCoordinatorInterface, "CompletedJobs", { jobMask: 0x80000000 })).toBe(
      "00000080",
    );
    const output = { jobnum: 3, returnCode: 7, epc: 0x10, data: new Uint8Array(64).fill(0x42) };
    expect(replyHex(mlCoordinatorInterface, "GetOutput", { output })).toBe(
      hex("0300000000000000 07000000 01 10000000") + "42".repeat(64),
    );
    // 100 raw bytes, without a length.
    const key = new Uint8Array(100).fill(0x41);
    expect(replyHex(securityInterface, "ReadKey", { value: key })).toBe("41".repeat(100));
  });
});

describe("the SDK's messages", () => {
  it("have CantripOS's bytes", () => {
    const text = (value: string): Uint8Array => encodeUtf8(value);
    const encoded = [
      codec(logRequest, options).encode({ msg: text("hi") }),
      codec(keyRequest, options).encode({ key: "foo" }),
      codec(writeKeyRequest, options).encode({ key: "foo", value: text("123") }),
      codec(readKeyResponse, options)
        .encode({ value: new Uint8Array(100) })
        .subarray(0, 2),
    ].map((bytes) => Buffer.from(bytes).toString("hex"));
    expect(encoded).toEqual(["026869", "03666f6f", "03666f6f03313233", "6400"]);
    expect([SdkRequest.Ping, SdkRequest.Log, SdkRequest.GetModelOutput]).toEqual([64, 65, 79]);
  });

  it("have CantripOS's bytes for models", () => {
    const encoded = [
      codec(modelOneshotRequest, options).encode({ modelId: "m" }),
      codec(modelPeriodicRequest, options).encode({ modelId: "m", durationMs: 1000 }),
      codec(modelStartResponse, options).encode({ id: SDK_MODEL_ID }),
      codec(modelIdRequest, options).encode({ id: SDK_MODEL_ID }),
      codec(modelWaitResponse, options).encode({ mask: 2 ** SDK_MODEL_ID }),
    ].map((bytes) => Buffer.from(bytes).toString("hex"));
    expect(encoded).toEqual(["016d", "016de8030000", "1f000000", "1f000000", "00000080"]);
    const output = { jobnum: 0, returnCode: 0, epc: undefined, data: new Uint8Array(64) };
    const response = codec(modelOutputResponse, options);
    expect(response.encode({ output })).toHaveLength(77);
    expect(response.encode({ output: { ...output, epc: 1 } })).toHaveLength(81);
  });
});

describe("interfaces", () => {
  const all: InterfaceDefinition[] = [
    loggerInterface,
    memoryInterface,
    mlCoordinatorInterface,
    packageManagementInterface,
    processControlInterface,
    sdkManagerInterface,
    securityInterface,
    timerInterface,
    uartReadInterface,
    uartWriteInterface,
  ];

  it("number their errors from Success on, and name three of them", () => {
    for (const { errors, serializeFailed, deserializeFailed, unknownError } of all) {
      const codes = Object.values(errors);
      expect(codes).toEqual(codes.map((_, index) => index));
      expect(Object.keys(errors)[0]).toBe("Success");
      const name = (code: number): string | undefined => Object.keys(errors)[code];
      expect(name(serializeFailed)).toMatch(/^Serialize(Failed|Error)$/);
      expect(name(deserializeFailed)).toMatch(/^Deserialize(Failed|Error)$/);
      expect(name(unknownError)).toBe("UnknownError");
    }
  });

  it("leave room for a reply where it goes", () => {
    for (const { transport, requestSize } of all) {
      expect(requestSize).toBeLessThan(transport === "basic" ? 480 : 4096);
      expect(requestSize % 4).toBe(0);
    }
  });

  it("keep their exact type", () => {
    const definition = defineInterface({
      name: "x",
      transport: "basic",
      requestSize: 24,
      requests: { Ping: {} },
      errors: MemoryManagerError,
      serializeFailed: 1,
      deserializeFailed: 2,
      unknownError: 7,
    });
    const name: "x" = definition.name;
    expect(name).toBe("x");
  });
});

describe("the security core's messages", () => {
  const encode = <T>(schema: Parameters<typeof codec<T>>[0], value: T): string =>
    Buffer.from(codec(schema, options).encode(value)).toString("hex");

  it("are numbered as SECRequest is in later revisions of CantripOS", () => {
    expect(encode(securityCoreRequest, { type: "FindFile", value: "ab" })).toBe("00026162");
    expect(encode(securityCoreRequest, { type: "GetFilePage", fid: 1, offset: 4096 })).toBe(
      hex("01 01000000 00100000"),
    );
    expect(encode(securityCoreRequest, { type: "Test", value: 2 })).toBe(hex("02 02000000"));
    expect(encode(securityCoreRequest, { type: "GetBuiltins" })).toBe("03");
  });

  it("are answered by a Result", () => {
    const value = { fid: 1, sizeBytes: 5 };
    expect(encode(findFileAnswer, { type: "Ok", value })).toBe(hex("00 01000000 05000000"));
    expect(encode(failedAnswer, { type: "Err", value: 5 })).toBe(hex("01 05000000"));
    expect(securityCoreErrorName(5)).toBe("FileNotFound");
    expect(securityCoreErrorName(77)).toBe("error 77");
  });
});

describe("interfaces for a kernel's object types", () => {
  const profiles = { cantrip, upstream, upstream64 };
  const bundleOf = (type: number) => ({ cnode: 1, depth: 8, objs: [{ type, count: 1, cptr: 2 }] });

  it("send each type of each profile as its number, and refuse others", () => {
    for (const { objectType } of Object.values(profiles)) {
      const types = Object.values(objectType) as number[];
      const coder = codec(objDescBundleFor(types), options);
      for (const type of types) {
        const bytes = coder.encode(bundleOf(type));
        expect(bytes[10]).toBe(type);
        expect(coder.decode(bytes)).toEqual(bundleOf(type));
      }
      expect(() => coder.encode(bundleOf(types.length))).toThrow(/enumIndex/);
    }
  });

  it("differ where the types do: 64-bit kernels have giga pages", () => {
    const { page4K, pageTable } = upstream64.objectType;
    expect(page4K).not.toBe(cantrip.objectType.page4K);
    const definitions = [
      [memoryInterfaceFor, memoryInterface, "Free"],
      [packageManagementInterfaceFor, packageManagementInterface, "Install"],
      [securityInterfaceFor, securityInterface, "Install"],
    ] as const;
    for (const [make, standard, request] of definitions) {
      const wide = make(Object.values(upstream64.objectType) as number[]);
      const bytes = requestBytes(wide, request, bundleOf(pageTable));
      expect(bytes.length).toBeGreaterThan(10);
      expect(() => requestBytes(standard, request, bundleOf(pageTable))).toThrow(/enumIndex/);
      const usual = make(Object.values(cantrip.objectType) as number[]);
      const type = cantrip.objectType.pageTable;
      expect(requestBytes(usual, request, bundleOf(type))).toEqual(
        requestBytes(standard, request, bundleOf(type)),
      );
    }
  });
});
