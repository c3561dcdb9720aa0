import { type Tcb, ThreadState } from "../objects.ts";
import { isRunnable } from "../scheduler.ts";
import { type InvariantView, type KernelInvariant, type Report } from "./view.ts";

/** Who runs, and who may. */
export const schedulingInvariants: readonly KernelInvariant[] = [
  {
    name: "cur_tcb",
    with: [],
    states: "the current thread is a thread",
    here: "it is not deleted, or it is the idle thread",
    check: ({ kernel: { current, idle, objectsByPaddr } }, report) => {
      if (current !== idle && objectsByPaddr.get(current.paddr) !== current)
        report(`${current.name} is gone`);
    },
  },
  {
    name: "valid_sched_action",
    with: ["is_activatable", "schact_is_rct"],
    states: "when the kernel is left the current thread goes on, and can",
    here: "it is running: whoever was to start again has been started",
    check: ({ kernel: { current, idle, scheduler } }, report) => {
      if (scheduler.action !== "resume" || scheduler.candidate !== null)
        report("a decision is left");
      if (current !== idle && current.state !== ThreadState.Running)
        report(`${current.name} does not run: state ${current.state}`);
    },
  },
  {
    name: "ct_not_in_q",
    with: ["ct_not_in_release_q"],
    states: "the current thread is in no ready queue",
    here: "nor in the release queue",
    check: ({ kernel: { current } }, report) => {
      if (current.inReadyQueue || current.inReleaseQueue) report(`${current.name} is in a queue`);
    },
  },
  {
    name: "ct_in_cur_domain",
    with: [],
    states: "the current thread belongs to the current domain or is the idle thread",
    here: "",
    check: ({ kernel: { current, idle, scheduler } }, report) => {
      if (current !== idle && current.domain !== scheduler.currentDomain)
        report(`${current.name} of domain ${current.domain} runs in ${scheduler.currentDomain}`);
    },
  },
  {
    name: "valid_idle",
    with: ["valid_idle_etcb", "idle_sc_at"],
    states:
      "the idle thread idles on a scheduling context of its own with period 0, is bound to nothing, and is in domain 0",
    here: "nor is it in any queue",
    check: ({ kernel: { idle } }, report) => {
      if (idle.state !== ThreadState.Idle) report(`its state is ${idle.state}`);
      const { schedContext } = idle;
      if (schedContext?.tcb !== idle || schedContext.period !== 0)
        report("its scheduling context is not its own");
      if (idle.boundNotification !== null || idle.reply !== null || idle.yieldTo !== null)
        report("it is bound to something");
      if (idle.inReadyQueue || idle.inReleaseQueue || idle.blockedOn !== null)
        report("it is in a queue");
      if (idle.domain !== 0) report(`it is in domain ${idle.domain}`);
    },
  },
  {
    name: "only_idle",
    with: [],
    states: "no other thread has the idle thread's state",
    here: "",
    check: ({ threads }, report) => {
      for (const { state, name } of threads)
        if (state === ThreadState.Idle) report(`${name} idles`);
    },
  },
  {
    name: "valid_blocked",
    with: ["valid_blocked_thread"],
    states:
      "a thread that can run and has a configured scheduling context runs or is in a ready queue or the release queue",
    here: "",
    check: checkNobodyForgotten,
  },
  {
    name: "valid_domain_list",
    with: ["valid_dom_schedule'"],
    states:
      "the domain schedule has a turn and ends with an end marker; only end markers have no time; neither its start nor its index is at its end",
    here: "and turns and threads are of domains that exist",
    check: checkDomains,
  },
];

function checkNobodyForgotten({ kernel, threads }: InvariantView, report: Report): void {
  const isWaiting = ({ inReadyQueue, inReleaseQueue }: Tcb): boolean =>
    inReadyQueue || inReleaseQueue;
  for (const tcb of threads) {
    if (tcb === kernel.current || !isRunnable(tcb) || isWaiting(tcb)) continue;
    if (tcb.schedContext !== null && tcb.schedContext.refillMax > 0)
      report(`${tcb.name} never runs`);
  }
}

function checkDomains({ kernel, threads }: InvariantView, report: Report): void {
  const { domainSchedule, domainStart, domainIndex } = kernel.scheduler;
  const { numDomains } = kernel.config.settings;
  for (const { domain, name } of threads)
    if (domain >= numDomains) report(`${name}: there is no domain ${domain}`);
  const last = domainSchedule.length - 1;
  domainSchedule.forEach(({ domain, duration }, index) => {
    const isEnd = domain === 0 && duration === 0;
    if (domain >= numDomains || (duration === 0 && !isEnd)) report(`entry ${index} is no turn`);
    if (isEnd && index === domainStart) report("the schedule starts at its end");
    if (!isEnd && index === last) report("the schedule does not end");
  });
  if (last < 1 || domainStart > last || domainIndex >= last) report("the schedule has no turn");
}
