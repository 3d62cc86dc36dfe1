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

package io.github.lockfile.spring.boot.autoconfigure;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.management.ObjectName;

import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileHealthIndicator;
import io.github.lockfile.spring.boot.actuate.LockFileMeterBinder;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.support.AopUtils;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Aspects of an application that apply to our beans as they do to those of Spring Boot.
 */
class AspectTests extends LockPathTestCase {

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theApplicationStartsAndTheAnswersAreRight(boolean proxyTargetClass) throws Exception {
		try (ConfigurableApplicationContext context = run("--spring.aop.proxy-target-class=" + proxyTargetClass)) {
			for (String name : List.of("lockFileEndpoint", "lockfileHealthIndicator", "lockFileMeterBinder")) {
				assertThat(AopUtils.isAopProxy(context.getBean(name))).as(name).isTrue();
			}
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
			assertThat(health(context).getDetails()).containsEntry("path", this.path.toString());
			assertThat(endpoint()).asInstanceOf(InstanceOfAssertFactories.MAP)
				.containsAllEntriesOf(Map.of("path", this.path.toString(), "status", "HELD"));
			assertThat(context.getBean(MeterRegistry.class).get("lockfile.held").gauge().value()).isEqualTo(1);
			assertThat(context.getBean(Timing.class).advised).contains("lockFile", "bindTo");
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { LockFileEndpoint.class, LockFileHealthIndicator.class, LockFileMeterBinder.class })
	void theyCanStillBeInjectedByTheirClass(Class<?> type) {
		try (ConfigurableApplicationContext context = run()) {
			assertThat(AopUtils.isCglibProxy(context.getBean(type))).isTrue();
		}
	}

	private static IndicatedHealthDescriptor health(ConfigurableApplicationContext context) {
		CompositeHealthDescriptor health = (CompositeHealthDescriptor) context.getBean(HealthEndpoint.class).health();
		return (IndicatedHealthDescriptor) Objects
			.requireNonNull(Objects.requireNonNull(health.getComponents()).get("lockfile"));
	}

	private static Object endpoint() throws Exception {
		return ManagementFactory.getPlatformMBeanServer()
			.invoke(new ObjectName("org.springframework.boot:type=Endpoint,name=Lockfile"), "lockFile", new Object[0],
					new String[0]);
	}

	private ConfigurableApplicationContext run(String... args) {
		return new SpringApplicationBuilder(Advised.class).web(WebApplicationType.NONE)
			.properties("lockfile.path=" + this.path, "spring.jmx.enabled=true",
					"management.endpoints.jmx.exposure.include=lockfile,health")
			.run(args);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Timing.class)
	static class Advised {

		@Bean
		MeterRegistry meterRegistry() {
			return new SimpleMeterRegistry();
		}

	}

	@Aspect
	static class Timing {

		private final List<String> advised = new CopyOnWriteArrayList<>();

		@Around("execution(* org.springframework.boot.health.contributor.HealthIndicator.health(..))"
				+ " || @annotation(org.springframework.boot.actuate.endpoint.annotation.ReadOperation)"
				+ " || execution(* io.micrometer.core.instrument.binder.MeterBinder.bindTo(..))")
		@Nullable Object time(ProceedingJoinPoint call) throws Throwable {
			this.advised.add(call.getSignature().getName());
			return call.proceed();
		}

	}

}
