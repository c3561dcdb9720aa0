import { type Schema, string, struct } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";
import { type ObjDescBundle, objDescBundle, objDescBundleFor } from "../memory/index.ts";
import { ProcessManagerError } from "../process-control/index.ts";

/** `PackageManagementRequest` over a shared page, for a kernel whose object types have these numbers: see `objDescBundleFor`. */
export function packageManagementInterfaceFor(objectTypes: readonly number[]) {
  return packageManagementOf(objDescBundleFor(objectTypes));
}

/** `PackageManagementRequest` of CantripOS's kernel. */
export const packageManagementInterface = packageManagementOf(objDescBundle);

function packageManagementOf(bundle: Schema<ObjDescBundle>) {
  return defineInterface({
    name: "pkg_mgmt",
    transport: "shared",
    requestSize: 2048,
    requests: {
      Install: { payload: bundle, reply: struct({ bundleId: string }), requestCap: true },
      InstallApp: {
        payload: struct({ appId: string, pkgContents: bundle }),
        requestCap: true,
      },
      Uninstall: { payload: string },
    },
    errors: ProcessManagerError,
    serializeFailed: ProcessManagerError.SerializeError,
    deserializeFailed: ProcessManagerError.DeserializeError,
    unknownError: ProcessManagerError.UnknownError,
  });
}
