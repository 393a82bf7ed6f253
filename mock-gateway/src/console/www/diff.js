// What became of a text, word by word: the shortest way from one to the other (Myers, 1986), with a
// bound on the work, past which the part that differs is shown as gone and new.

const WORDS = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;

// How many words may come or go before the search gives up.
const MOST_CHANGES = 600;

// Pieces in order: `same`, `gone` from the first text, `new` in the second.
export function difference(before, after) {
  const [a, b] = [before.match(WORDS) ?? [], after.match(WORDS) ?? []];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const [oldMiddle, newMiddle] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const pieces = [
    { kind: "same", text: a.slice(0, head).join("") },
    ...(shortest(oldMiddle, newMiddle) ?? replaced(oldMiddle.join(""), newMiddle.join(""))),
    { kind: "same", text: a.slice(a.length - tail).join("") },
  ];
  return tidy(pieces.filter((piece) => piece.text !== ""));
}

const replaced = (gone, fresh) => [{ kind: "gone", text: gone }, { kind: "new", text: fresh }];

// The furthest places reached after each number of changes, until both ends are; then the way back.
function shortest(a, b) {
  const rounds = [];
  const reached = new Map([[1, 0]]);
  for (let changes = 0; changes <= Math.min(a.length + b.length, MOST_CHANGES); changes += 1) {
    rounds.push(new Map(reached));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const down = comesDown(reached, diagonal, changes);
      let x = down ? reached.get(diagonal + 1) : reached.get(diagonal - 1) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      reached.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return wayBack(a, b, rounds);
    }
  }
  return null;
}

const comesDown = (reached, diagonal, changes) =>
  diagonal === -changes || (diagonal !== changes && reached.get(diagonal - 1) < reached.get(diagonal + 1));

function wayBack(a, b, rounds) {
  const pieces = [];
  let [x, y] = [a.length, b.length];
  for (let changes = rounds.length - 1; changes >= 0; changes -= 1) {
    const reached = rounds[changes];
    const down = comesDown(reached, x - y, changes);
    const fromX = reached.get(x - y + (down ? 1 : -1));
    const fromY = fromX - (x - y + (down ? 1 : -1));
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      pieces.push({ kind: "same", text: a[x - 1] });
      [x, y] = [x - 1, y - 1];
    }
    if (changes === 0) break;
    pieces.push(down ? { kind: "new", text: b[y - 1] } : { kind: "gone", text: a[x - 1] });
    [x, y] = [fromX, fromY];
  }
  return pieces.reverse();
}

// Crumbs between two changes belong to them; what is gone stands before what is new.
function tidy(pieces) {
  const tidied = [];
  let [gone, fresh] = ["", ""];
  const settle = () => {
    tidied.push(...replaced(gone, fresh).filter((piece) => piece.text !== ""));
    [gone, fresh] = ["", ""];
  };
  const runs = joined(pieces);
  runs.forEach((piece, place) => {
    const inside = place > 0 && place < runs.length - 1;
    if (piece.kind === "same" && inside && piece.text.length <= 2 && !piece.text.includes("\n")) {
      gone += piece.text;
      fresh += piece.text;
    } else if (piece.kind === "same") {
      settle();
      tidied.push(piece);
    } else if (piece.kind === "gone") gone += piece.text;
    else fresh += piece.text;
  });
  settle();
  return tidied;
}

function joined(pieces) {
  const runs = [];
  for (const piece of pieces) {
    if (runs.at(-1)?.kind === piece.kind) runs.at(-1).text += piece.text;
    else runs.push({ ...piece });
  }
  return runs;
}
