# Reference values of the detectors, from R itself and from the package `surveillance`:
#
#   apt-get install r-cran-surveillance
#   Rscript surveillance.R > surveillance.tsv
#
# A line is: detector, parameter, series (oldest first, the current window last), value, baseline,
# spread; separated by tabs, `-` where there is none. The parameter is `min_sigma`, or for the
# quantiles of Student's t the upper share, for the limits of eEARS the share and the comparisons.
suppressMessages(library(surveillance))

digits <- function(x) formatC(x, digits = 17, format = "g", width = 1)
line <- function(...) cat(paste(c(...), collapse = "\t"), "\n", sep = "")
shown <- function(y) paste(y, collapse = ",")
near <- function(a, b) stopifnot(all(abs(a - b) < 1e-9 * pmax(1, abs(b))))

cat("# R ", paste(R.version$major, R.version$minor, sep = "."), ", surveillance ",
    as.character(packageVersion("surveillance")), "\n", sep = "")

# earsC gives the upper bound, mean + z * spread: z = 0 shows the mean, z = 1 adds the spread.
bound <- function(y, method, z, min_sigma, at = length(y)) {
  control <- list(range = at, method = method, alpha = 1 - pnorm(z), minSigma = min_sigma)
  as.numeric(upperbound(earsC(sts(y), control = control)))
}
parts <- function(y, method, min_sigma, at = length(y)) {
  mean <- bound(y, method, 0, min_sigma, at)
  spread <- bound(y, method, 1, min_sigma, at) - mean
  list(value = (y[at] - mean) / spread, mean = mean, spread = spread)
}
c3 <- function(y, min_sigma) {
  at <- length(y)
  terms <- sapply(at - 0:2, function(i) parts(y, "C2", min_sigma, i)$value)
  over <- pmax(0, terms - 1)
  # The bound of C3 is y + spread * (z - what the two windows before have beyond 1), at least 0.
  # (For a single window `earsC` fails with C3: two are asked for.)
  control <- list(range = at + 0:1, method = "C3", alpha = 0.5, minSigma = min_sigma)
  shown <- tail(as.numeric(upperbound(earsC(sts(c(y[1], y)), control = control))), 1)
  if (shown > 0) near((y[at] - shown) / parts(y, "C2", min_sigma)$spread, sum(over[2:3]))
  sum(over)
}

set.seed(20261125)
series <- list(
  c(3, 5, 2, 4, 6, 3, 4, 5, 2, 3, 4, 19),
  c(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  c(0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5),
  c(12, 15, 11, 14, 90, 13, 12, 16, 11, 14, 13, 30),
  c(4, 4, 5, 4, 6, 4, 5, 4, 5, 14, 20, 31),
  c(150, 130, 122, 160, 155, 128, 144, 125, 300, 319, 289, 277),
  c(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048))
series <- c(series, lapply(1:12, function(i) rpois(12, lambda = c(rep(i, 9), 1.5 * i, 2 * i, 3 * i))))

for (y in series) for (min_sigma in c(1e-9, 1, 2.5)) {
  if (min_sigma < 1 && (sd(tail(y, 8)[1:7]) == 0 || sd(tail(y, 12)[1:9]) == 0)) next
  for (method in c("C1", "C2")) {
    p <- parts(y, method, min_sigma)
    line(tolower(method), digits(min_sigma), shown(y), digits(p$value), digits(p$mean), digits(p$spread))
  }
  p <- parts(y, "C2", min_sigma)
  line("c3", digits(min_sigma), shown(y), digits(c3(y, min_sigma)), digits(p$mean), digits(p$spread))
}

# eEARS, by R's own linear model: rstudent() gives the externally studentised residuals, a model
# with weights the weighted mean and deviation, predict() the limit.
eears <- function(y, min_sigma) {
  before <- tail(head(y, -1), 7)
  n <- length(before)
  r <- rstudent(lm(before ~ 1))
  q <- qt(0.95, n - 2)
  w <- ifelse(r > q, (q / r)^4, 1)
  w <- w * n / sum(w)
  fit <- lm(before ~ 1, weights = w)
  spread <- max(summary(fit)$sigma, min_sigma)
  list(value = (tail(y, 1) - coef(fit)[[1]]) / spread, mean = coef(fit)[[1]], spread = spread)
}
for (y in series) {
  before <- tail(head(y, -1), 7)
  if (any(sapply(1:7, function(i) sd(before[-i])) == 0)) next
  for (min_sigma in c(1e-9, 1)) {
    p <- eears(y, min_sigma)
    line("eears", digits(min_sigma), shown(y), digits(p$value), digits(p$mean), digits(p$spread))
  }
}
for (n in 4:7) for (alpha in c(0.05, 0.025, 0.001)) for (m in c(1, 12)) {
  y <- rpois(n, 20)
  fit <- lm(y ~ 1)
  upper <- predict(fit, data.frame(row.names = 1), interval = "prediction", level = 1 - 2 * alpha / m)[[3]]
  line("limit", paste(digits(alpha), m, sep = "/"), n, digits((upper - mean(y)) / sd(y)), "-", "-")
}
for (df in 1:9) for (alpha in c(0.25, 0.05, 0.025, 0.01, 0.001, 1e-4, 1e-5)) {
  line("student", digits(alpha), df, digits(qt(alpha, df, lower.tail = FALSE)), "-", "-")
}

# algo.cusum from an empty sum: seven windows give the mean, seven are summed.
for (i in 1:12) {
  y <- c(rpois(7, i), rpois(7, i * c(1, 1, 1.5, 1.5, 2, 2, 2.5)))
  disease <- create.disProg(week = 1:14, observed = matrix(y, ncol = 1), state = matrix(0, 14, 1))
  m <- mean(y[1:7])
  if (m < 1) next
  for (trans in c("standard", "rossi")) {
    found <- algo.cusum(disease, control = list(range = 8:14, k = 1.04, h = 2.26, trans = trans))
    line(trans, "1", shown(y), digits(found$cusum[7]), digits(m), digits(sqrt(m)))
  }
}
