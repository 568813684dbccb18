"""How much having one product speaks for another, in closed form.

EASE: Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, WWW '19,
equation 8: with G the products' co-occurrences plus a ridge, P its inverse, the weight of
having i for j is -P[i,j] / P[j,j], and nothing for itself. What a customer has twice
counts more, as a logarithm. Above `MOST_PRODUCTS` only the most bought take part.
"""

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from orchestration.predictions.recommenders.purchases import Floats, Ints

RIDGE = 300.0
MOST_PRODUCTS = 4_000
FEWEST_BUYERS = 2
# Of each product's weights those are kept that say most.
NEIGHBOURS = 100
DIGITS = 6


def affinities(counts: sp.csr_array) -> sp.csr_array:
    """Return products x products, rounded, from customers x products in orders."""
    chosen = most_bought(counts)
    weighted = counts[:, chosen].copy()
    weighted.data = np.log1p(weighted.data)
    if weighted.nnz:
        weighted.data /= weighted.data.mean()
    # with two threads the engine adds in another order
    with threadpool_limits(1):
        dense = closed_form((weighted.T @ weighted).toarray())
    kept = strongest(dense)
    size = counts.shape[1]
    rows, columns = kept.nonzero()
    values = np.round(kept[rows, columns], DIGITS)
    return sp.csr_array((values, (chosen[rows], chosen[columns])), shape=(size, size))


def most_bought(counts: sp.csr_array) -> Ints:
    """Return the products of enough customers, at most `MOST_PRODUCTS`, in order."""
    buyers = np.bincount(counts.indices, minlength=counts.shape[1])
    by_buyers = np.lexsort((np.arange(len(buyers)), -buyers))[:MOST_PRODUCTS]
    return np.sort(by_buyers[buyers[by_buyers] >= FEWEST_BUYERS])


def closed_form(together: Floats) -> Floats:
    """Return the weights for the products' co-occurrences ``together``."""
    size = len(together)
    if not size:
        return together
    together[np.diag_indices(size)] += RIDGE
    factor, _ = scipy.linalg.lapack.dpotrf(together, lower=0)
    inverse, _ = scipy.linalg.lapack.dpotri(factor, lower=0)
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    weights: Floats = -inverse / np.diag(inverse)
    weights[np.diag_indices(size)] = 0
    return weights


def strongest(weights: Floats) -> Floats:
    """Return ``weights`` with only the `NEIGHBOURS` greatest of each column."""
    if len(weights) <= NEIGHBOURS:
        return weights
    edge = np.partition(weights, -NEIGHBOURS, axis=0)[-NEIGHBOURS]
    return np.where(weights >= edge, weights, 0.0)
