/** Exit codes of the command. */
export const ExitCode = { Ok: 0, Failed: 1, Usage: 2, Timeout: 42 } as const;
