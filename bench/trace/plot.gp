# plot.gp – miss ratios over cache sizes, one panel a trace, from the table that `bench_traces --csv FILE` writes.
#
#   gnuplot -e "table='hit-ratios.csv'; picture='docs/hit-ratios.svg'" bench/trace/plot.gp
set terminal svg size 1100,1000 font "sans,11" background rgb "white"
set output picture
set datafile separator ","
set datafile missing "-1.000000"
traces = system(sprintf("tail -n +2 %s | cut -d, -f1 | uniq", table))
set multiplot layout 4,3 margins 0.05,0.99,0.05,0.93 spacing 0.05,0.07 \
  title "Misses in % of the requests, over the cache's share of the working set in %"
set logscale x
set xrange [0.08:40]
set xtics (0.1, 1, 3, 10, 30)
set yrange [0:100]
set grid ytics lc rgb "#dddddd"
set key bottom left samplen 1.5
do for [name in traces] {
  set title noenhanced name offset 0,-0.6
  rows = sprintf("< grep '^%s,' %s", name, table)
  plot rows using 2:($4*100) with linespoints pt 7 ps 0.4 lc rgb "#999999" title "FIFO", \
       rows using 2:($7*100) with linespoints pt 7 ps 0.4 lc rgb "#1f77b4" title "default", \
       rows using 2:($8*100) with linespoints pt 7 ps 0.4 lc rgb "#d62728" title "tuned", \
       rows using 2:($5*100) with linespoints pt 7 ps 0.4 lc rgb "#000000" dt 2 title "optimum"
  unset key
}
unset multiplot
