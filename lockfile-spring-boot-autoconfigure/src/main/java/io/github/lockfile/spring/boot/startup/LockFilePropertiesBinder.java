/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.startup;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.github.lockfile.spring.boot.failure.StartRefusedException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.IgnoreTopLevelConverterNotFoundBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Binds the properties as Boot binds {@code @ConfigurationProperties} that do not ignore
 * unknown fields.
 */
final class LockFilePropertiesBinder {

	static final String PREFIX = "lockfile";

	/**
	 * To Spring Boot, {@code LockFile} and {@code lock-file} are the same name.
	 */
	static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of(PREFIX);

	private static final ConfigurationPropertyName TEMPLATE = ROOT.append("content-template");

	private static final ConfigurationPropertyName CLUSTER = ROOT.append("cluster");

	/**
	 * The names, without loading the class that they are bound to: most applications have
	 * no use for it.
	 */
	static final List<String> CLUSTER_NAMES = List.of("enabled", "name", "lease", "url", "username", "password");

	private static final Duration BEYOND_SHUTDOWN_PHASE = Duration.ofSeconds(30);

	private LockFilePropertiesBinder() {
	}

	static LockFileProperties bind(Binder binder) {
		// A variable LOCKFILE, which init scripts export, is no property of ours.
		StrictBindHandler handler = new StrictBindHandler(new IgnoreTopLevelConverterNotFoundBindHandler());
		LockFileProperties properties = binder.bind(PREFIX, Bindable.of(LockFileProperties.class), handler)
			.orElseGet(LockFileProperties::new);
		handler.refuseUnknown();
		if (properties.isEnabled()) {
			handler.refuseEmpty();
		}
		return properties;
	}

	/**
	 * Returns a refusal of names that are not known. Shows no value, as Boot would: it
	 * may be a password under a misspelt name.
	 */
	private static RuntimeException unknown(Set<ConfigurationProperty> unbound) {
		for (ConfigurationProperty property : unbound) {
			if (TEMPLATE.isAncestorOf(property.getName())) {
				return new InvalidConfigurationPropertyValueException(TEMPLATE.toString(),
						property.getName().toString(),
						"YAML reads unquoted braces as a map. Put the value in quotes: \"{pid};{hostname}\".");
			}
		}
		return new StartRefusedException(unbound.stream()
			.map((property) -> "'%s' (originating from '%s') is no property of Lockfile.".formatted(property.getName(),
					property.getOrigin()))
			.collect(Collectors.joining("%n".formatted())), "Correct the name, or remove it.");
	}

	/**
	 * Registers bound properties as Spring Boot registers those that it binds, so that
	 * the endpoint {@code configprops} shows them. They are not bound again: what has a
	 * definition and is a singleton already is neither created nor post-processed.
	 */
	static void register(ConfigurableApplicationContext context, String prefix, Object properties) {
		DefaultListableBeanFactory beanFactory = (DefaultListableBeanFactory) context.getBeanFactory();
		String name = prefix + "-" + properties.getClass().getName();
		beanFactory.registerBeanDefinition(name, new RootBeanDefinition(properties.getClass()));
		beanFactory.registerSingleton(name, properties);
	}

	/**
	 * Returns whether to take the cluster lock, too.
	 */
	static boolean isClusterEnabled(Binder binder) {
		StrictBindHandler handler = new StrictBindHandler(BindHandler.DEFAULT);
		boolean enabled = binder.bind(CLUSTER.append("enabled"), Bindable.of(Boolean.class), handler).orElse(false);
		handler.refuseEmpty();
		return enabled;
	}

	/**
	 * Returns the properties of the cluster lock as they are set, by name. Each is asked
	 * for by its name: a map would have it under the name that the user wrote.
	 */
	static Map<String, String> cluster(Binder binder) {
		Map<String, String> properties = new LinkedHashMap<>();
		try {
			for (String name : CLUSTER_NAMES) {
				binder.bind(CLUSTER.append(name), Bindable.of(String.class))
					.ifBound((value) -> properties.put(name, value));
			}
			return properties;
		}
		catch (BindException ex) {
			// Boot's report would show the value, which may have a password in it.
			throw new InvalidConfigurationPropertyValueException(ex.getName().toString(), null,
					"It cannot be read, probably because a placeholder in it leads back to itself.");
		}
	}

	/**
	 * Returns how long a shutdown may take: longer than the graceful one of Boot.
	 */
	static Duration shutdownTimeout(LockFileProperties properties, Binder binder) {
		Duration timeout = properties.getShutdownTimeout();
		return (timeout != null) ? timeout
				: binder.bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
					.orElse(Duration.ofSeconds(30))
					.plus(BEYOND_SHUTDOWN_PHASE);
	}

	/**
	 * Returns a refusal of a property that is set, but to nothing. To Boot it would mean
	 * the default, and the user would not get what was asked for.
	 */
	static InvalidConfigurationPropertyValueException empty(String name) {
		return new InvalidConfigurationPropertyValueException(name, "",
				"It is set, but empty. Give it a value, or remove it. On the command line, write '--%s=' in front of the value."
					.formatted(name));
	}

	/**
	 * Refuses an option that is given twice, also in two spellings: Spring would join the
	 * values with a comma, or take one of them.
	 */
	static void refuseRepeatedOptions(String[] args) {
		ApplicationArguments options = new DefaultApplicationArguments(args);
		Set<ConfigurationPropertyName> names = new HashSet<>();
		for (String option : options.getOptionNames()) {
			ConfigurationPropertyName name = ConfigurationPropertyName.adapt(option, '.');
			List<String> values = options.getOptionValues(option);
			boolean repeated = !names.add(name) || (values != null && values.size() > 1);
			if (repeated && ROOT.isAncestorOf(name)) {
				throw new InvalidConfigurationPropertyValueException(option, null,
						"It is given twice on the command line.");
			}
		}
	}

	/**
	 * Finds what Boot passes over: names that are not known, and known ones with an empty
	 * value, which bind nothing. Of the properties here, only the template may be empty.
	 */
	private static final class StrictBindHandler extends AbstractBindHandler {

		private final Set<ConfigurationPropertyName> known = new HashSet<>();

		private Iterable<ConfigurationPropertySource> sources = List.of();

		private @Nullable ConfigurationPropertyName empty;

		StrictBindHandler(BindHandler parent) {
			super(parent);
			CLUSTER_NAMES.forEach((name) -> this.known.add(CLUSTER.append(name)));
		}

		@Override
		public <T> @Nullable Bindable<T> onStart(ConfigurationPropertyName name, Bindable<T> target,
				BindContext context) {
			this.known.add(name);
			this.sources = context.getSources();
			return super.onStart(name, target, context);
		}

		@Override
		public void onFinish(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
				@Nullable Object result) throws Exception {
			ConfigurationProperty property = context.getConfigurationProperty();
			boolean isSet = property != null && property.getName().equals(name);
			if (isSet && (result == null || result.equals("")) && !name.equals(TEMPLATE)
					&& name.getNumberOfElements() > 1) {
				this.empty = name;
			}
			super.onFinish(name, target, context, result);
		}

		private void refuseUnknown() {
			UnboundElementsSourceFilter filter = new UnboundElementsSourceFilter();
			Set<ConfigurationProperty> unknown = new TreeSet<>();
			for (ConfigurationPropertySource source : this.sources) {
				if (source instanceof IterableConfigurationPropertySource iterable && filter.apply(source)) {
					// Boot's own handler would take 'path[0]' for a part of the known
					// 'path'.
					iterable.stream()
						.filter((name) -> ROOT.isAncestorOf(name) && !this.known.contains(name))
						.map(source::getConfigurationProperty)
						.filter(Objects::nonNull)
						.forEach(unknown::add);
				}
			}
			if (!unknown.isEmpty()) {
				throw unknown(unknown);
			}
		}

		private void refuseEmpty() {
			if (this.empty != null) {
				throw empty(this.empty.toString());
			}
		}

	}

}
