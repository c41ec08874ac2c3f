# R's results on series that are awkward: zeros, unknown counts, populations, leaps, months and days, found by date or by
# number. Run beside awkward_tasks.csv: Rscript awkward.R   (R 4.2.2, surveillance 1.20.3). Writes awkward_results.csv.
suppressMessages(library(surveillance))
out <- Sys.getenv("GOLDEN_OUT", ".")
full <- function(x) formatC(as.numeric(x), digits = 17, format = "g", width = -1)
numbers <- function(text) suppressWarnings(as.numeric(strsplit(text, " ")[[1]]))
tasks <- read.csv(file.path(out, "awkward_tasks.csv"), colClasses = c(powertrans = "character", ks = "character", start = "character", observed = "character", population = "character"))
file <- file(file.path(out, "awkward_results.csv"), "w")
writeLines("task,k,expected,upperbound,alarm,score,pvalue,trend,mu0,phi", file)
for (i in seq_len(nrow(tasks))) {
  t <- tasks[i, ]; observed <- numbers(t$observed)
  population <- matrix(if (is.na(t$population)) rep(1, length(observed)) else numbers(t$population))
  series <- if (is.na(t$start)) sts(observed, frequency = t$freq, population = population) else {
    step <- switch(as.character(t$freq), `12` = "month", `52` = "week", `365` = "day")
    sts(observed, frequency = t$freq, epoch = seq(as.Date(t$start), by = step, length.out = length(observed)), population = population)
  }
  control <- list(b = t$b, w = t$w, reweight = t$reweight, weightsThreshold = t$weightsThreshold, alpha = t$alpha, trend = t$trend,
    pThresholdTrend = t$pThresholdTrend, limit54 = c(t$cases, t$period), powertrans = t$powertrans, populationOffset = t$populationOffset,
    noPeriods = t$noPeriods, pastWeeksNotIncluded = if (is.na(t$pastWeeksNotIncluded)) NULL else t$pastWeeksNotIncluded,
    thresholdMethod = t$thresholdMethod, glmWarnings = FALSE)
  for (k in numbers(t$ks)) {
    control$range <- k
    r <- suppressWarnings(farringtonFlexible(series, control = control)); c <- r@control
    writeLines(paste(t$task, k, full(c$expected), full(upperbound(r)), as.integer(alarms(r)), full(c$score), full(c$pvalue),
      as.integer(c$trend), full(c$mu0Vector), full(c$phiVector), sep = ","), file)
  }
}
close(file)
