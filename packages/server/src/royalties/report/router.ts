/** The procedures of the royalties router itself. */
export const reportProcedures = {}
