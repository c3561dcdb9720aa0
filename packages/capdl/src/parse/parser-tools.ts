import { type CapdlDialect } from "../dialect.ts";
import { type Diagnostics } from "./diagnostics.ts";
import { type Extension } from "./object-section.ts";
import { type PositionRecorder } from "./positions.ts";
import { type Scanner } from "./scanner.ts";

/** What the parts of the parser share. */
export interface ParserTools {
  readonly scanner: Scanner;
  readonly diagnostics: Diagnostics;
  readonly dialect: CapdlDialect;
  readonly positions: PositionRecorder | undefined;
  readonly extension: Extension;
}
