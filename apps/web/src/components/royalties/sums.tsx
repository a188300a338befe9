import type { ReactNode } from 'react'

export interface SumsRow {
  readonly key: string
  readonly cells: readonly ReactNode[]
}

interface SumsProps {
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly SumsRow[]
  /** What it comes to, and what is not in the rows. */
  readonly foot?: readonly SumsRow[]
}

/** Amounts in columns: names first, numbers to the right. */
export function Sums({ caption, head, rows, foot = [] }: SumsProps) {
  return (
    <div className="sums">
      <table>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{rows.map(rowOf)}</tbody>
        {foot.length > 0 && <tfoot>{foot.map(rowOf)}</tfoot>}
      </table>
    </div>
  )
}

function rowOf({ key, cells: [name, ...amounts] }: SumsRow) {
  return (
    <tr key={key}>
      <th scope="row">{name}</th>
      {amounts.map((amount, at) => (
        <td key={at}>{amount}</td>
      ))}
    </tr>
  )
}
