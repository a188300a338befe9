import { appendFileSync } from 'node:fs'

/** Adds a line per finished test to the file in TEST_RESULTS, for the sums at the end of a run. */
export default class ResultsReporter {
  onTestCaseResult(test) {
    const result = test.result()
    const tries = 1 + (test.diagnostic()?.retryCount ?? 0)
    this.#add({ state: result.state, name: test.fullName, note: result.note, tries })
  }

  onTestRunEnd(modules, unhandledErrors) {
    for (const module of modules) {
      for (const error of module.errors()) this.#add({ state: 'failed', name: module.moduleId, note: error.message })
    }
    for (const error of unhandledErrors) this.#add({ state: 'failed', name: 'unhandled error', note: error.message })
  }

  #add(line) {
    appendFileSync(process.env.TEST_RESULTS, `${JSON.stringify(line)}\n`)
  }
}
