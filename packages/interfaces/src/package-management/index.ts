import { string, struct } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";
import { objDescBundle } from "../memory/index.ts";
import { ProcessManagerError } from "../process-control/index.ts";

/** `PackageManagementRequest` over a shared page. */
export const packageManagementInterface = defineInterface({
  name: "pkg_mgmt",
  transport: "shared",
  requestSize: 2048,
  requests: {
    Install: { payload: objDescBundle, reply: struct({ bundleId: string }), requestCap: true },
    InstallApp: {
      payload: struct({ appId: string, pkgContents: objDescBundle }),
      requestCap: true,
    },
    Uninstall: { payload: string },
  },
  errors: ProcessManagerError,
  serializeFailed: ProcessManagerError.SerializeError,
  deserializeFailed: ProcessManagerError.DeserializeError,
  unknownError: ProcessManagerError.UnknownError,
});
