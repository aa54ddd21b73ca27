//! Objects by namespace and name, and which objects use what.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

/// Objects of one kind, by namespace and name.
#[derive(Clone, Debug)]
pub(super) struct ByName<T>(BTreeMap<String, BTreeMap<String, T>>);

impl<T> Default for ByName<T> {
    fn default() -> Self {
        ByName(BTreeMap::new())
    }
}

impl<T> ByName<T> {
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&T> {
        self.0.get(namespace)?.get(name)
    }

    pub(super) fn insert(&mut self, namespace: &str, name: &str, object: T) -> Option<T> {
        self.0.entry(namespace.to_owned()).or_default().insert(name.to_owned(), object)
    }

    pub(super) fn remove(&mut self, namespace: &str, name: &str) -> Option<T> {
        self.0.get_mut(namespace)?.remove(name)
    }

    /// The objects of a namespace, by name.
    pub(super) fn of(&self, namespace: &str) -> impl Iterator<Item = &T> {
        self.0.get(namespace).into_iter().flat_map(BTreeMap::values)
    }

    /// All objects, by namespace and name.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.values().flat_map(BTreeMap::values)
    }
}

/// Pairs of things, found by the first.
#[derive(Clone, Debug)]
pub(super) struct Relation<K, V>(BTreeMap<K, BTreeSet<V>>);

impl<K, V> Default for Relation<K, V> {
    fn default() -> Self {
        Relation(BTreeMap::new())
    }
}

impl<K: Ord, V: Ord> Relation<K, V> {
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.0.entry(key).or_default().insert(value);
    }

    pub(super) fn remove(&mut self, key: &K, value: &V) {
        if let Some(values) = self.0.get_mut(key)
            && values.remove(value)
            && values.is_empty()
        {
            self.0.remove(key);
        }
    }

    /// What belongs to `key`, in order.
    pub(super) fn of<Q: Ord + ?Sized>(&self, key: &Q) -> impl Iterator<Item = &V> + use<'_, K, V, Q>
    where
        K: Borrow<Q>,
    {
        self.0.get(key).into_iter().flatten()
    }

    /// How many belong to `key`.
    pub(super) fn count(&self, key: &K) -> usize {
        self.0.get(key).map_or(0, BTreeSet::len)
    }

    /// Every key from this one on that something belongs to, in order.
    pub(super) fn keys_from(&self, first: K) -> impl Iterator<Item = &K> {
        self.0.range(first..).map(|(key, _)| key)
    }

    /// Every key that something belongs to, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }
}
