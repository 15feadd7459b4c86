# plot.gp – ns an operation of all contestants, one panel a data set, from the table that `bench_versus --csv FILE` writes.
#
#   gnuplot -e "table='versus.csv'; task='get'; picture='docs/versus-get.svg'" bench/versus/plot.gp
of_task(rest) = system(sprintf("grep '^%s,' %s | grep -v ',driver' | %s | awk '!seen[$0]++'", task, table, rest))
sets = of_task("cut -d, -f2,3")
names = of_task("cut -d, -f4")
panel_rows = (words(sets) + 1) / 2
contestants = words(names)
line_of(set, i, workers) = \
  sprintf("< grep -F '%s,%s,%s,%d,' %s", task, word(sets, set), word(names, i), workers, table)

what = task eq "get" ? "get, every key is found" : \
       task eq "mix" ? "95 % get, 5 % put" : "put of uniform keys, with memory for a tenth of them"
panel_height = 80 + 34 * contestants
height = 50 + panel_rows * panel_height
set terminal svg size 1200, height font "sans,12" background rgb "white"
set output picture
set multiplot layout panel_rows, 2 margins 0.10, 0.96, 38.0 / height, 1 - 75.0 / height \
  spacing 0.15, 75.0 / height title what.": ns an operation, logarithmic, less is better; line: least to greatest; /16: in requests of 16 keys"

set datafile separator ","
set logscale x
set xrange [10:20000000]
set format x "10^{%T}"
set grid xtics lc rgb "#dddddd"
set border 3
set xtics nomirror scale 0.5
set style fill solid noborder
set yrange [contestants + 0.6 : 0.4]
unset key
set ytics nomirror scale 0 ()
do for [i = 1:contestants] { set ytics add (word(names, i) i) }
shown(ns) = ns >= 9995 ? sprintf("%.0fk", ns / 1000) : ns >= 99.5 ? sprintf("%.0f", ns) : sprintf("%.1f", ns)
ours(i) = word(names, i)[1:6] eq "larder"
color(i, workers) = ours(i) ? (workers == 1 ? 0xc23b22 : 0xe8998d) : (workers == 1 ? 0x44617b : 0x9fb4c7)
top(i, workers) = i + (workers == 1 ? -0.40 : 0.01)
do for [set = 1:words(sets)] {
  comma = strstrt(word(sets, set), ",")
  keys = int(word(sets, set)[1:comma - 1])
  bytes = word(sets, set)[comma + 1:]
  set title sprintf("%s keys, values of %s bytes (dark: 1 worker, light: 2 workers)", \
                    keys < 1000000 ? sprintf("%dk", keys / 1000) : sprintf("%dM", keys / 1000000), bytes) offset 0, -0.6
  plot for [i = 1:contestants] for [workers = 1:2] line_of(set, i, workers) \
         using 6:(top(i, workers)):(10):6:(top(i, workers)):(top(i, workers) + 0.39) with boxxyerror lc rgb color(i, workers), \
       for [i = 1:contestants] for [workers = 1:2] line_of(set, i, workers) \
         using 6:(top(i, workers) + 0.2):7:8 with xerrorbars pt 0 lw 0.7 lc rgb "#222222", \
       for [i = 1:contestants] for [workers = 1:2] line_of(set, i, workers) \
         using 8:(top(i, workers) + 0.2):(shown($6)) with labels left offset 0.3, 0 font "sans,9"
}
unset multiplot
