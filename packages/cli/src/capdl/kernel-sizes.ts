import { type CapdlSpec, kindSizes, type KindSizes } from "@cantrip/capdl";
import type { CapdlSource } from "../capdl-source.ts";
import { findProfile } from "../systems.ts";

/** Object sizes for a specification: those of the profile's kernel where it is for the same architecture. */
export function sizesFor(spec: CapdlSpec, { profile }: CapdlSource): KindSizes {
  return spec.arch === "riscv" ? findProfile(profile).sizeBits : kindSizes(spec.arch);
}
