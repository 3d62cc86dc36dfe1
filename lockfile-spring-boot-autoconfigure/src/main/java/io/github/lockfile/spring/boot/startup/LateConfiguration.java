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

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.github.lockfile.spring.boot.failure.StartRefusedException;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.env.DefaultPropertiesPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;

/**
 * Refuses properties that came too late to have an effect, for example from
 * {@code @PropertySource}: the lock has been taken without them.
 */
final class LateConfiguration implements BeanFactoryPostProcessor {

	private final ConfigurableEnvironment environment;

	private final Map<String, Object> heeded;

	private final Set<PropertySource<?>> known = Collections.newSetFromMap(new IdentityHashMap<>());

	LateConfiguration(ConfigurableEnvironment environment, LockFileProperties heeded) {
		this.environment = environment;
		this.heeded = heeded.values();
		environment.getPropertySources().forEach(this.known::add);
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		// Boot moves defaultProperties to the end in a later post-processor. Until then
		// they hide what @PropertySource added.
		DefaultPropertiesPropertySource.moveToEnd(this.environment);
		List<PropertySource<?>> late = new ArrayList<>();
		for (PropertySource<?> source : this.environment.getPropertySources()) {
			if (!this.known.contains(source) && mentionsLock(source)) {
				late.add(source);
			}
		}
		if (!late.isEmpty()) {
			refuseDifference(late);
		}
	}

	private static boolean mentionsLock(PropertySource<?> source) {
		ConfigurationPropertySource properties = ConfigurationPropertySource.from(source);
		return properties != null
				&& properties.containsDescendantOf(LockFilePropertiesBinder.ROOT) == ConfigurationPropertyState.PRESENT;
	}

	private void refuseDifference(List<PropertySource<?>> late) {
		Binder binder = Binder.get(this.environment);
		Map<String, Object> now = LockFilePropertiesBinder.bind(binder).values();
		now.forEach((name, value) -> {
			Object before = this.heeded.get(name);
			if (!value.equals(before)) {
				throw refused("'%s' was set to '%s' too late: '%s' was already in use.".formatted(name, value, before),
						late);
			}
		});
		Map<String, String> heededOfCluster = LockFilePropertiesBinder.cluster(binderOfKnown());
		LockFilePropertiesBinder.cluster(binder).forEach((name, value) -> {
			if (!value.equals(heededOfCluster.get(name))) {
				// The value is not shown: it may be a password.
				throw refused("'lockfile.cluster.%s' was set too late.".formatted(name), late);
			}
		});
	}

	private Binder binderOfKnown() {
		MutablePropertySources known = new MutablePropertySources();
		for (PropertySource<?> source : this.environment.getPropertySources()) {
			if (this.known.contains(source)
					&& !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)) {
				known.addLast(source);
			}
		}
		return new Binder(ConfigurationPropertySources.from(known), new PropertySourcesPlaceholdersResolver(known));
	}

	private static StartRefusedException refused(String what, List<PropertySource<?>> late) {
		return new StartRefusedException(what + " The late source is %s."
			.formatted(late.stream().map((source) -> "'" + source.getName() + "'").collect(Collectors.joining(" or "))),
				"Set it where it is known before any bean exists: in 'application.properties' or "
						+ "'application.yaml', in the environment, or on the command line. '@PropertySource' is "
						+ "too late.");
	}

}
