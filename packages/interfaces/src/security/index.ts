import {
  bytesOwned,
  option,
  rawBytesOwned,
  type Schema,
  seq,
  string,
  struct,
  u32,
  usize,
} from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";
import { type ObjDescBundle, objDescBundle, objDescBundleFor } from "../memory/index.ts";

/** `SecurityRequestError` */
export const SecurityRequestError = {
  Success: 0,
  BundleIdInvalid: 1,
  BundleDataInvalid: 2,
  BundleNotFound: 3,
  DeleteFirst: 4,
  KeyNotFound: 5,
  PackageBufferLenInvalid: 6,
  ValueInvalid: 7,
  KeyInvalid: 8,
  DeserializeFailed: 9,
  SerializeFailed: 10,
  CapAllocFailed: 11,
  CapMoveFailed: 12,
  ObjCapInvalid: 13,
  UnknownError: 14,
  EchoFailed: 15,
  InstallFailed: 16,
  UninstallFailed: 17,
  SizeBufferFailed: 18,
  GetManifestFailed: 19,
  LoadApplicationFailed: 20,
  LoadModelFailed: 21,
  InstallModelFailed: 22,
  GetPackagesFailed: 23,
  ReadFailed: 24,
  WriteFailed: 25,
  DeleteFailed: 26,
  TestFailed: 27,
} as const;
export type SecurityRequestError = (typeof SecurityRequestError)[keyof typeof SecurityRequestError];

/** What clients may be allowed beyond the usual. */
export const SecurityPrivilege = {
  /** To read, write and delete the keys of any bundle. */
  Keys: "keys",
  /** To say how many keys a bundle may have. */
  KeyLimits: "key-limits",
} as const;

/** Bytes of a stored value (`KEY_VALUE_DATA_SIZE`). */
export const KEY_VALUE_DATA_BYTES = 100;

/**
 * `SecurityRequest` over a shared page, for a kernel whose object types have these numbers: see `objDescBundleFor`.
 *
 * `LimitKeys` is not CantripOS's: it says how many keys a bundle may have, and how many bytes names and values may take.
 */
export function securityInterfaceFor(objectTypes: readonly number[]) {
  return securityOf(objDescBundleFor(objectTypes));
}

/** `SecurityRequest` of CantripOS's kernel. */
export const securityInterface = securityOf(objDescBundle);

function securityOf(bundle: Schema<ObjDescBundle>) {
  return defineInterface({
    name: "security",
    transport: "shared",
    requestSize: 2048,
    requests: {
      Echo: { payload: string, reply: struct({ value: string }) },
      Install: { payload: bundle, reply: struct({ bundleId: string }), requestCap: true },
      InstallApp: {
        payload: struct({ appId: string, pkgContents: bundle }),
        requestCap: true,
      },
      InstallModel: {
        payload: struct({ appId: string, modelId: string, pkgContents: bundle }),
        requestCap: true,
      },
      Uninstall: { payload: string },
      GetPackages: { reply: struct({ bundleIds: seq(string) }) },
      SizeBuffer: { payload: string, reply: struct({ bufferSize: usize }) },
      GetManifest: { payload: string, reply: struct({ manifest: string }) },
      LoadApplication: {
        payload: string,
        reply: struct({ bundleFrames: bundle }),
        replyCap: true,
      },
      LoadModel: {
        payload: struct({ bundleId: string, modelId: string }),
        reply: struct({ modelFrames: bundle }),
        replyCap: true,
      },
      ReadKey: {
        payload: struct({ bundleId: string, key: string }),
        reply: struct({ value: rawBytesOwned(KEY_VALUE_DATA_BYTES) }),
      },
      WriteKey: { payload: struct({ bundleId: string, key: string, value: bytesOwned }) },
      DeleteKey: { payload: struct({ bundleId: string, key: string }) },
      TestMailbox: {},
      CapScan: {},
      LimitKeys: {
        payload: struct({ bundleId: string, keys: option(u32), bytes: option(u32) }),
      },
    },
    errors: SecurityRequestError,
    serializeFailed: SecurityRequestError.SerializeFailed,
    deserializeFailed: SecurityRequestError.DeserializeFailed,
    unknownError: SecurityRequestError.UnknownError,
  });
}
